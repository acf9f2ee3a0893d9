import { beforeEach, describe, expect, it } from 'vitest'
import { defined } from '../../engine/core/defined.ts'
import { CompozyError } from '../../engine/core/errors.ts'
import type { ExecutionDocument } from '../../engine/infra/server/routes/execution-view.ts'
import type { ApiClient, WatchEvent } from '../api/api-client.ts'
import { createTerminal } from '../terminal.ts'
import { skipPauses } from '../testing/skip-pauses.ts'
import { captureStreams } from '../testing/streams.ts'
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
  rerun_of: null,
  child_of: null,
  tasks: null,
  as_of: null,
  ...over,
})
const pay = (status: 'running' | 'completed'): WatchEvent => ({
  type: 'task',
  task: { id: 'pay', type: 'basic', status, attempts: 1 },
})
const end = (over: object): WatchEvent => ({ type: 'end', execution: execution(over) })
const story = [pay('running'), pay('completed'), end({ status: 'completed', output: { ok: 1 } })]

/** Watches a run whose stream gives these events; `null` breaks the connection. */
async function watch(
  events: readonly (WatchEvent | null)[],
  {
    json = false,
    signal = new AbortController().signal,
    values = {},
    ownEngine = false,
    columns = undefined as number | undefined,
  } = {},
) {
  let step = 0
  const api: Pick<ApiClient, 'start' | 'watch'> = {
    start: () => Promise.resolve({ exec_id: 'x1' }),
    async *watch() {
      signal.throwIfAborted()
      for (;;) {
        const event = events[step++]
        if (event === null || event === undefined) return
        yield event
      }
    },
  }
  const captured = captureStreams(columns)
  const stdout = {
    ...captured.streams.stdout,
    ...defined({ columns }),
    isTTY: columns !== undefined,
  }
  const flags = { values, switches: new Set<string>(), positionals: [] }
  const terminal = createTerminal({ ...captured.streams, stdout }, json)
  const context = { terminal, signal, flags }
  const start = { workflowId: 'order', input: {} }
  const code = await watchRun(api, start, context, { ownEngine })
  return { code, stdout: captured.stdout(), stderr: captured.stderr() }
}

describe('watchRun', () => {
  beforeEach(skipPauses)

  it('Should tell each change of a task and print the output, for people', async () => {
    expect(await watch(story)).toEqual({
      code: 0,
      stdout: '{\n  "ok": 1\n}\n',
      stderr: 'started x1\npay: running\npay: completed\n',
    })
  })

  it.each([
    [80, 'x1  completed'],
    [14, 'x1\ncompleted'],
  ])('Should show the whole exec_id on a terminal of %i columns', async (columns, shown) => {
    const { stderr } = await watch([end({ status: 'completed' })], { columns })
    expect(stderr.replaceAll('\u001B[K', '').trim()).toBe(shown)
  })

  it('Should mark the tasks that were carried over from the repeated run', async () => {
    const task = (id: string, more: object): WatchEvent => {
      const times = { started_at: '2026-01-01T00:00:01.000Z', ended_at: '2026-01-01T00:00:03.000Z' }
      return {
        type: 'task',
        task: { id, type: 'basic', status: 'completed', attempts: 1, ...times, ...more },
      }
    }
    const events = [task('pay', { carried: true }), task('ship', {}), story[2]!]
    expect((await watch(events)).stderr).toBe(
      'started x1\npay: completed in 2s, carried over from the repeated run\nship: completed in 2s\n',
    )
    const { stdout } = await watch(events, { json: true })
    expect(stdout).toContain('"id":"pay","status":"completed","carried":true}')
    expect(stdout).toContain('"id":"ship","status":"completed"}')
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
      {
        type: 'ToolError:Declined',
        message: 'no money',
        task: 'pay',
        attempts: 2,
        cause: { stack: ['charge (tools/charge.ts:19:34)'] },
      },
      'x1 failed: ToolError:Declined: no money\n  in task pay, attempt 2\n  at charge (tools/charge.ts:19:34)',
    ],
    ['timed_out', null, 'x1 timed_out'],
    ['terminated', null, 'x1 terminated'],
  ])('Should exit 1 with the reason of a run that %s', async (status, error, line) => {
    const { code, stdout, stderr } = await watch([end({ status, error })])
    expect([code, stdout, stderr]).toEqual([1, '', `started x1\n${line}\n`])
  })

  it('Should say of each task that ends how long it took and why it failed', async () => {
    const times = { started_at: '2026-01-01T00:00:00Z', ended_at: '2026-01-01T00:00:02Z' }
    const error = { type: 'ToolTimeout', message: 'no answer within 1s' } as const
    const task = {
      id: 'pay',
      type: 'basic',
      status: 'failed',
      attempts: 3,
      error,
      ...times,
    } as const
    const { stderr } = await watch([{ type: 'task', task }, end({ status: 'failed' })])
    expect(stderr).toContain('pay: failed in 2s, 3 attempts: ToolTimeout: no answer within 1s\n')
  })

  it.each([
    ['not_found', 'usage_invalid'],
    ['conflict', 'conflict'],
  ] as const)('Should pass on a start that is refused with %s as %s', async (code, shown) => {
    const api: Pick<ApiClient, 'start' | 'watch'> = {
      start: () => Promise.reject(new CompozyError(code, 'no')),
      watch: () => {
        throw new Error('must not be watched')
      },
    }
    const terminal = createTerminal(captureStreams().streams, false)
    const flags = { values: {}, switches: new Set<string>(), positionals: [] }
    const context = { terminal, signal: new AbortController().signal, flags }
    const watched = watchRun(api, { workflowId: 'ordr', input: {} }, context)
    await expect(watched).rejects.toMatchObject({ code: shown, message: 'no' })
  })

  it('Should connect again when the stream breaks, and show each change once', async () => {
    const watched = watch([pay('running'), null, pay('running'), ...story.slice(1)])
    expect((await watched).stderr).toBe('started x1\npay: running\npay: completed\n')
  })

  it('Should give up when the stream keeps breaking, and say that the run is not affected', async () => {
    const watched = watch([])
    await expect(watched).rejects.toMatchObject({
      code: 'unavailable',
      message:
        'the connection broke 10 times in a row while watching x1; the run is not affected\n' +
        'continue with: compozy runs watch x1',
    })
  })

  it.each([
    [
      'the engine that the command line named',
      { values: { server: 'http://h:1', cwd: 'my shop' } },
      "compozy runs watch x1 --server http://h:1 --cwd 'my shop'",
    ],
    [
      'an engine of its own, which has to start again',
      { values: { cwd: 'shop' }, ownEngine: true },
      'compozy dev --cwd shop, then compozy runs watch x1 --cwd shop',
    ],
  ])('Should say how to go on with %s', async (_, options, line) => {
    const { stderr } = await watch(story, { ...options, signal: AbortSignal.abort('SIGINT') })
    expect(stderr).toContain(`continue with: ${line}\n`)
  })

  it('Should stop watching when it is told to, and say that the run goes on', async () => {
    const { code, stderr } = await watch(story, { signal: AbortSignal.abort('SIGINT') })
    expect([code, stderr]).toEqual([
      1,
      'started x1\nstopped watching; x1 is still open\ncontinue with: compozy runs watch x1\n',
    ])
  })
})
