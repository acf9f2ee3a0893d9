import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Project } from '../project/project.ts'
import type { ToolResult } from '../tool/runner.ts'
import { createActivities, type ActivityDependencies } from './activities.ts'
import type { ToolActivityCall } from './activity-types.ts'

const sent = vi.hoisted(() => ({ heartbeats: 0 }))

vi.mock('@temporalio/activity', () => ({
  Context: {
    current: () => ({
      info: {
        activityType: 'tool',
        attempt: 1,
        workflowType: 'order',
        workflowExecution: { workflowId: 'a', runId: 'r' },
      },
      cancellationSignal: new AbortController().signal,
      heartbeat: () => sent.heartbeats++,
    }),
  },
  log: { warn: () => undefined },
}))

const call: ToolActivityCall = {
  taskId: 't',
  input: null,
  env: {},
  taskEnv: {},
  timeoutMs: 1_000,
  attempt: 1,
  idempotencyKey: 'a/t',
}

/** Calls a tool that returns this output, on a server that tells the size of the history so. */
function callTool(
  output: string | ToolResult,
  historyBytes: () => Promise<number>,
  toolIds: readonly string[] = ['tool'],
) {
  const result: ToolResult = typeof output === 'string' ? { ok: true, output } : output
  const project = {
    tools: new Map(toolIds.map((id) => [id, { id, env: {} }])),
    metrics: [],
    // Only what a call reads.
  } as unknown as Project
  const dependencies: ActivityDependencies = {
    project: () => project,
    runner: { call: () => Promise.resolve(result) } as never,
    executions: {} as never,
    memoOf: () => ({}),
    historyBytes,
  }
  return createActivities(dependencies).default(call)
}

describe('the call of a tool', () => {
  it('Should send heartbeats while the size of the history is asked for, and none afterwards', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    onTestFinished(() => void vi.useRealTimers())
    let answer: (bytes: number) => void = () => undefined
    const called = callTool('x'.repeat(20_000), () => new Promise((resolve) => (answer = resolve)))
    // The tool has returned, and Temporal has been asked.
    await new Promise(setImmediate)
    const before = sent.heartbeats
    vi.advanceTimersByTime(9_000)
    expect(sent.heartbeats).toBe(before + 9)
    answer(1_000)
    expect(await called).toMatchObject({ ok: true })
    vi.advanceTimersByTime(9_000)
    expect(sent.heartbeats).toBe(before + 9)
  })

  it('Should not ask for the size of the history for a small output', async () => {
    const historyBytes = vi.fn(() => Promise.resolve(0))
    expect(await callTool('small', historyBytes)).toEqual({ ok: true, output: 'small' })
    expect(historyBytes).not.toHaveBeenCalled()
  })

  it('Should be refused an output that the history has no room for', async () => {
    const full = () => Promise.resolve(43_999_000)
    expect(await callTool('x'.repeat(20_000), full)).toMatchObject({
      ok: false,
      error: { type: 'LimitExceeded', message: expect.stringContaining('43,999,000 bytes') },
      limit: 'history',
    })
    expect(await callTool('x'.repeat(20_000), () => Promise.resolve(1_000))).toMatchObject({
      ok: true,
    })
  })

  it('Should keep of a failure without room its type and its start', async () => {
    const error = { type: 'ToolError:Boom', message: 'm'.repeat(20_000) } as const
    const failed = await callTool({ ok: false, error }, () => Promise.resolve(43_999_000))
    expect(failed).toMatchObject({
      ok: false,
      error: { type: 'ToolError:Boom', message: expect.stringMatching(/^m{100}/) },
    })
    expect(JSON.stringify(failed).length).toBeLessThan(1_500)
  })

  it('Should accept the output when nobody can tell the size of the history', async () => {
    const lost = () => Promise.reject(new Error('lost'))
    expect(await callTool('x'.repeat(20_000), lost)).toMatchObject({ ok: true })
  })

  it('Should name the first of many tools when the one it calls is not there', async () => {
    const ids = Array.from({ length: 500 }, (_, i) => `t${i}`)
    expect(await callTool('', () => Promise.resolve(0), ids)).toMatchObject({
      ok: false,
      error: {
        type: 'ToolCrashed',
        message: expect.stringMatching(/; it has t0, t1, .* t19 and 480 more$/) as string,
      },
    })
  })
})
