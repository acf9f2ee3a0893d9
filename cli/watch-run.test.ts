import { describe, expect, it } from 'vitest'
import { CompozyError } from '../engine/core/errors.ts'
import type { ExecutionDocument } from '../engine/infra/server/routes/execution-view.ts'
import type { ApiClient } from './api-client.ts'
import { createTerminal } from './terminal.ts'
import { captureStreams } from './testing/streams.ts'
import { watchRun } from './watch-run.ts'

const execution = (over: object): ExecutionDocument => ({
  exec_id: 'x1',
  run_id: 'r',
  workflow_id: 'order',
  status: 'running',
  input: {},
  output: null,
  error: null,
  started_at: '2026-01-01T00:00:00Z',
  closed_at: null,
  tasks: null,
  ...over,
})
const task = (status: 'running' | 'completed') => ({ type: 'basic', status, attempts: 1 }) as const
const story = [
  execution({ tasks: { pay: task('running') } }),
  execution({ status: 'completed', output: { ok: 1 }, tasks: { pay: task('completed') } }),
]

async function watch(
  story: readonly ExecutionDocument[],
  { json = false, signal = new AbortController().signal } = {},
) {
  let step = 0
  const api: Pick<ApiClient, 'start' | 'execution'> = {
    start: () => Promise.resolve({ exec_id: 'x1' }),
    execution: () =>
      signal.aborted ? Promise.reject(signal.reason as Error) : Promise.resolve(story[step++]!),
  }
  const captured = captureStreams()
  const context = { terminal: createTerminal(captured.streams, json), signal }
  const code = await watchRun(api, { workflowId: 'order', input: {} }, context)
  return { code, stdout: captured.stdout(), stderr: captured.stderr() }
}

describe('watchRun', () => {
  it('Should tell each change of a task and print the output, for people', async () => {
    expect(await watch(story)).toEqual({
      code: 0,
      stdout: '{\n  "ok": 1\n}\n',
      stderr: 'started x1\npay: running\npay: completed\n',
    })
  })

  it('Should tell the same to programs, one object a line', async () => {
    const { stdout, stderr } = await watch(story, { json: true })
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown)
    expect(events).toEqual([
      { event: 'started', exec_id: 'x1', workflow_id: 'order' },
      { event: 'task', id: 'pay', status: 'running' },
      { event: 'task', id: 'pay', status: 'completed' },
      { event: 'completed', exec_id: 'x1', output: { ok: 1 }, error: null },
    ])
    expect(stderr).toBe('')
  })

  it.each([
    [
      'failed',
      { type: 'ToolError:Declined', message: 'no money', task: 'pay', attempts: 2 },
      'x1 failed: ToolError:Declined: no money (task pay)',
    ],
    ['timed_out', null, 'x1 timed_out'],
    ['terminated', null, 'x1 terminated'],
  ])('Should exit 1 with the reason of a run that %s', async (status, error, line) => {
    const { code, stdout, stderr } = await watch([execution({ status, error })])
    expect([code, stdout, stderr]).toEqual([1, '', `started x1\n${line}\n`])
  })

  it.each([
    ['not_found', 'usage_invalid'],
    ['conflict', 'conflict'],
  ] as const)('Should pass on a start that is refused with %s as %s', async (code, shown) => {
    const api: Pick<ApiClient, 'start' | 'execution'> = {
      start: () => Promise.reject(new CompozyError(code, 'no')),
      execution: () => Promise.reject(new Error('never asked')),
    }
    const terminal = createTerminal(captureStreams().streams, false)
    const context = { terminal, signal: new AbortController().signal }
    const watched = watchRun(api, { workflowId: 'ordr', input: {} }, context)
    await expect(watched).rejects.toMatchObject({ code: shown, message: 'no' })
  })

  it('Should stop watching when it is told to, and say that the run goes on', async () => {
    const { code, stderr } = await watch(story, { signal: AbortSignal.abort('SIGINT') })
    expect([code, stderr]).toEqual([1, 'started x1\nstopped watching; x1 is still open\n'])
  })
})
