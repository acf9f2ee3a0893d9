import { describe, expect, it } from 'vitest'
import type { ExecutionDocument } from '../../engine/infra/server/routes/execution-view.ts'
import { useEngine } from '../support/engine.ts'

/**
 * What Temporal would not take: just under a limit it is sent, over it the run ends with an error.
 */
describe('limits on a real engine', () => {
  const engine = useEngine({ project: 'test/e2e/fixtures/limits' })
  const run = async (
    workflow: string,
    input: Record<string, number> = {},
  ): Promise<ExecutionDocument> => engine.run(workflow, input, 120_000)

  it('Should send an input of a tool, a child or an event of 1.6 MB', async () => {
    const { status, output } = await run('inputs', { kb: 820 })
    expect({ status, output }).toEqual({
      status: 'completed',
      output: { tool: 'sent', child: 'sent', event: 'sent' },
    })
  })

  it('Should hand one of 2.4 MB to on_error as LimitExceeded', async () => {
    const { status, output } = await run('inputs', { kb: 1200 })
    expect({ status, output }).toEqual({
      status: 'completed',
      output: { tool: 'LimitExceeded', child: 'LimitExceeded', event: 'LimitExceeded' },
    })
  })

  it('Should complete with a result of 1.8 MB', async () => {
    const { status, output } = await run('result', { kb: 900 })
    expect(status).toBe('completed')
    expect(JSON.stringify(output).length).toBeGreaterThan(1_800_000)
  })

  it('Should fail a run whose result is too large, with its size and its place', async () => {
    const { status, output, error } = await run('result', { kb: 1200 })
    expect({ status, output, error }).toMatchObject({
      status: 'failed',
      output: null,
      error: {
        type: 'LimitExceeded',
        message:
          "workflows/result.yaml:5:5: the run's result is 2,457,627 bytes; at most 2,000,000 bytes can be sent",
      },
    })
  })

  it('Should show and end a run whose output shares its parts: 31 objects, 22 GB of JSON', async () => {
    const shown = {
      output_bytes: 22_550_675_438,
      output_start: expect.stringMatching(/^\{"n":30,/),
    }
    const execId = await engine.start('share-parts')
    const { tasks } = await engine.taskReaches(execId, 'hold', 'running')
    expect(tasks!['grow']).toMatchObject(shown)
    const path = `/api/v0/executions/workflows/${execId}/tasks?task=grow&order=newest&limit=1`
    expect((await engine.get(path))['items']).toMatchObject([shown])
    await engine.signal(execId, 'go')
    expect(await engine.closed(execId)).toMatchObject({
      status: 'failed',
      error: { type: 'LimitExceeded', cause: { thing: "the run's result", bytes: 22_550_675_438 } },
    })
  })

  it("Should not repeat a tool whose output is too large, and hand it to the task's on_error", async () => {
    const { status, output } = await run('large-output')
    expect({ status, output }).toMatchObject({
      status: 'completed',
      output: { type: 'LimitExceeded', task: 'a', attempts: 1 },
    })
  })

  it('Should send many large inputs in as many workflow tasks as they need', async () => {
    const { status, output } = await run('many-children')
    expect({ status, output }).toEqual({
      status: 'completed',
      output: Array.from({ length: 20 }, () => 400_000),
    })
  })

  it('Should show the errors of attempts that a retry made good, cut', async () => {
    const { status, output, tasks, exec_id } = await run('retried')
    expect({ status, output }).toEqual({ status: 'completed', output: 3 })
    expect(tasks!['a']!.failed_attempts).toMatchObject([
      {
        attempt: 1,
        type: 'ToolError:Error',
        message: expect.stringMatching(/^attempt 1 broke x/) as string,
      },
      { attempt: 2, type: 'ToolError:Error' },
    ])
    expect(JSON.stringify(tasks).length).toBeLessThan(5_000)
    const lines = engine.stderr().split('\n')
    const logged = lines.filter((line) => line.includes('"msg":"a tool call failed"'))
    const attempts = logged.map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(attempts.filter(({ exec_id: id }) => id === exec_id)).toMatchObject([
      { task_id: 'a', attempt: 1, type: 'ToolError:Error' },
      { task_id: 'a', attempt: 2, type: 'ToolError:Error' },
    ])
  })

  it('Should end a collection of 20,000 aggregates', async () => {
    const { status, output } = await run('aggregates', { n: 20_000 })
    expect({ status, output }).toEqual({ status: 'completed', output: { n: 20_000, last: 19_999 } })
  })

  it('Should hand kept signals to the wait that started first, as live ones', async () => {
    const execId = await engine.start('waits')
    for (const n of [1, 2, 3]) await engine.signal(execId, 'D', { n })
    const { output } = await engine.closed(execId)
    expect(output).toEqual({ x: { n: 2 }, y: { n: 3 } })
  })

  it('Should continue as new inside a collection: each item once, in order', async () => {
    const { status, output } = await run('items', { n: 3_000 })
    expect({ status, output }).toEqual({
      status: 'completed',
      output: { n: 3_000, distinct: 3_000, first: 0, last: 2_999 },
    })
  })
})
