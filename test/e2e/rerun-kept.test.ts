import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import { beforeEach, describe, expect, it } from 'vitest'
import type { JsonObject, JsonValue } from '../../engine/core/json.ts'
import { eventually } from '../support/compozy.ts'
import { useEngine } from '../support/engine.ts'

const runs = '/api/v0/executions/workflows'

describe('what a repetition keeps of the tasks before the failed one', () => {
  const engine = useEngine({ project: 'test/e2e/fixtures/kept' })
  const { get, post } = engine

  const openService = () => rmSync(join(engine.dir, 'closed'), { force: true })
  beforeEach(() => writeFileSync(join(engine.dir, 'closed'), ''))

  /** What the tool got in the calls of a run, in order. */
  function callsOf(execId: string): readonly JsonObject[] {
    const lines = readFileSync(join(engine.dir, 'calls.jsonl'), 'utf8').trim().split('\n')
    const calls = lines.map((line) => JSON.parse(line) as { exec_id: string; input: JsonObject })
    return calls.filter(({ exec_id }) => exec_id === execId).map(({ input }) => input)
  }

  /** The records of a run's tasks. */
  const recordsOf = async (execId: string) =>
    (await get(`${runs}/${execId}/tasks`))['items'] as readonly JsonObject[]

  const recordOf = async (execId: string, id: string) =>
    (await recordsOf(execId)).findLast((task) => task['id'] === id)

  async function repeated(execId: string, body: JsonValue) {
    const answer = await post(`${runs}/${execId}/rerun`, body)
    expect(answer).toMatchObject({ status: 202, body: { rerun_of: execId } })
    return engine.closed(answer.body['exec_id'] as string)
  }

  it('Should tell the UUIDs that a run drew, and give them to its repetition', async () => {
    const failed = await engine.run('keyed')
    expect(failed.status).toBe('failed')
    const [call] = callsOf(failed.exec_id)
    expect(call!['key']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/)
    expect(await recordOf(failed.exec_id, 'charge')).toMatchObject({ input: call })
    expect(await recordOf(failed.exec_id, 'key')).toMatchObject({ output: { id: call!['key'] } })
    openService()
    const run = await repeated(failed.exec_id, { from: 'failed_task' })
    const [again] = callsOf(run.exec_id)
    // The failed task begins anew: a UUID of its own is another one.
    expect(run).toMatchObject({ status: 'completed', output: { ...call, own: again!['own'] } })
    expect(again!['own']).not.toBe(call!['own'])
    expect(await recordOf(run.exec_id, 'charge')).toMatchObject({ input: again })
  })

  it('Should give a repetition from the start UUIDs of its own', async () => {
    const failed = await engine.run('keyed')
    openService()
    const run = await repeated(failed.exec_id, { from: 'start' })
    const [[call], [again]] = [callsOf(failed.exec_id), callsOf(run.exec_id)]
    expect(again!['key']).not.toBe(call!['key'])
    expect(await recordOf(run.exec_id, 'charge')).toMatchObject({ input: again })
  })

  it('Should tell the UUIDs that a run drew after it was reset', async () => {
    const { exec_id, run_id } = await engine.run('drawn')
    const [first, last] = callsOf(exec_id)
    expect(await recordOf(exec_id, 'last')).toMatchObject({ input: last })
    const connection = await Connection.connect({ address: engine.ready.temporal })
    const client = new Client({ connection, namespace: engine.ready.namespace })
    const { events } = await client.workflow.getHandle(exec_id).fetchHistory()
    const scheduled = events!.findLast((event) => event.activityTaskScheduledEventAttributes)!
    await client.workflowService.resetWorkflowExecution({
      namespace: engine.ready.namespace,
      workflowExecution: { workflowId: exec_id, runId: run_id },
      workflowTaskFinishEventId:
        scheduled.activityTaskScheduledEventAttributes!.workflowTaskCompletedEventId!,
      requestId: 'reset',
      reason: 'a test',
    })
    await connection.close()
    const run = await eventually(
      () => engine.execution(exec_id),
      (found) => found.run_id !== run_id && found.status === 'completed',
    )
    const [, , again] = callsOf(exec_id)
    expect(again!['key']).not.toBe(last!['key'])
    expect(run.output).toEqual(again)
    expect(await recordOf(exec_id, 'call')).toMatchObject({ input: first })
    expect(await recordOf(exec_id, 'second')).toMatchObject({ output: { id: again!['key'] } })
    expect(await recordOf(exec_id, 'last')).toMatchObject({ input: again })
  })

  it('Should go on in the round of a loop that failed, with the output of the round before', async () => {
    const failed = await engine.run('counted')
    expect(failed.status).toBe('failed')
    const rounds = (execId: string) => callsOf(execId).map(({ n }) => n)
    expect(rounds(failed.exec_id)).toEqual([1, 2, 3])
    openService()
    const run = await repeated(failed.exec_id, { from: 'failed_task' })
    expect(run).toMatchObject({ status: 'completed', output: { n: 5 } })
    expect(rounds(run.exec_id)).toEqual([3, 4, 5])
    const whole = await repeated(failed.exec_id, { from: 'start' })
    expect(rounds(whole.exec_id)).toEqual([1, 2, 3, 4, 5])
  })

  it('Should choose the route anew for another input, and keep it for the same', async () => {
    const failed = await engine.run('routed', { plan: 'free' })
    expect(failed.status).toBe('failed')
    openService()
    const plans = async (input: JsonValue) => {
      const run = await repeated(failed.exec_id, { from: 'failed_task', input })
      return callsOf(run.exec_id).map(({ plan }) => plan)
    }
    expect(await plans({ plan: 'pro' })).toEqual(['pro'])
    expect(await plans({ plan: 'free' })).toEqual(['free'])
  })

  it('Should go on with the sleep before the next round in which a run was canceled', async () => {
    const id = await engine.start('polled')
    await engine.taskReaches(id, 'poll', 'completed')
    await post(`${runs}/${id}/cancel`)
    await engine.closed(id)
    const run = await repeated(id, { from: 'failed_task' })
    expect(run).toMatchObject({ status: 'completed', output: { page: 2 } })
    expect(callsOf(id)).toEqual([{ page: 1 }])
    expect(callsOf(run.exec_id)).toEqual([{ page: 2 }])
  })

  it('Should keep a failure inside of a composite that another task handled', async () => {
    const failed = await engine.run('handled')
    expect(failed.error).toMatchObject({ type: 'ChildFailed' })
    const [, call] = callsOf(failed.exec_id)
    expect(call).toEqual({ why: 'it is closed', fails: true })
    openService()
    const run = await repeated(failed.exec_id, { from: 'failed_task' })
    expect(run).toMatchObject({ status: 'completed', output: { b: call } })
    expect(callsOf(run.exec_id)).toEqual([call])
  })
})
