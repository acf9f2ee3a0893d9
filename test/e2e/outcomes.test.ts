import { Client, Connection } from '@temporalio/client'
import { beforeAll, describe, expect, it } from 'vitest'
import { eventually, runCompozy } from '../support/compozy.ts'
import { useEngine } from '../support/engine.ts'
import { sumOf, type Sample } from '../support/metrics.ts'

/** The server is asked every 15 s, give or take a tenth. */
const patience = { timeoutMs: 45_000, everyMs: 250 }

describe('outcomes on a real server', () => {
  const engine = useEngine({ project: 'test/e2e/fixtures/outcomes' })
  let samples: readonly Sample[]
  let hurried: string
  const value = (name: string, labels: Record<string, string>): number =>
    sumOf(samples, `compozy_temporal_workflow_${name}`, labels)

  beforeAll(async () => {
    const waiting = async (): Promise<string> => {
      const id = await engine.start('waits')
      await engine.taskReaches(id, 'go', 'running')
      return id
    }
    const path = (id: string, verb: string): string => `/api/v0/executions/workflows/${id}/${verb}`
    const [signaled, canceled, terminated, open] = await Promise.all([
      waiting(),
      waiting(),
      waiting(),
      waiting(),
    ])
    await engine.post(path(signaled, 'signals/go'), {})
    await engine.post(path(canceled, 'cancel'))
    await engine.post(path(terminated, 'terminate'), {})
    hurried = await engine.start('hurries')
    const failed = await engine.start('fails')
    // A definition that no compiler made is a defect: its workflow task fails again and again.
    const connection = await Connection.connect({ address: engine.ready.temporal })
    const temporal = new Client({ connection, namespace: engine.ready.namespace })
    const { task_queue: taskQueue } = engine.ready
    for (const type of ['waits', 'stranger']) {
      await temporal.workflow.start(type, {
        taskQueue,
        workflowId: `defect-${type}`,
        args: [{ definition: {} }],
      })
    }
    await connection.close()
    for (const id of [signaled, canceled, terminated, hurried, failed]) await engine.closed(id)
    // Asking a closed run must not count it again.
    for (const id of [signaled, failed]) await engine.execution(id)
    samples = await eventually(
      () => engine.samples(),
      (found) =>
        // Each workflow is asked for by itself.
        sumOf(found, 'compozy_temporal_workflow_executions', { status: 'timed_out' }) > 0 &&
        sumOf(found, 'compozy_temporal_workflow_executions', { status: 'terminated' }) > 0 &&
        sumOf(found, 'compozy_temporal_workflow_executions', { status: 'failed' }) > 0 &&
        sumOf(found, 'compozy_temporal_workflow_executions', { workflow_type: 'other' }) > 0,
      patience,
    )
    await engine.execution(open)
  })

  it('Should tell of a run that timed out its limit and what it was waiting for', async () => {
    expect((await engine.execution(hurried)).error).toEqual({
      type: 'TaskTimeout',
      message:
        'the run took longer than its config.timeout of 2s; task go was waiting for the signal go',
    })
  })

  it.each([
    ['waits', 'completed', 1],
    ['waits', 'canceled', 1],
    ['waits', 'failed', 0],
    ['fails', 'failed', 1],
    ['hurries', 'completed', 0],
    ['hurries', 'failed', 0],
  ])('Should count of %s as closed by its worker: %s %i', (workflow_type, outcome, count) => {
    expect(value('closed_total', { workflow_type, outcome })).toBe(count)
  })

  it.each([
    ['waits', 'running', 2],
    ['waits', 'completed', 1],
    ['waits', 'canceled', 1],
    ['waits', 'terminated', 1],
    ['hurries', 'timed_out', 1],
    ['fails', 'failed', 1],
    ['other', 'running', 1],
  ])('Should know of %s what the server lists: %s %i', (workflow_type, status, count) => {
    expect(value('executions', { workflow_type, status })).toBe(count)
  })

  it.each([
    ['waits', 5],
    ['hurries', 1],
    ['fails', 1],
    // Its first workflow task never succeeded.
    ['other', 0],
  ])('Should have counted the starts of %s once each: %i', (workflow_type, count) => {
    // The defective run of "waits" has not begun either: its first task fails.
    expect(value('started_total', { workflow_type })).toBe(
      workflow_type === 'waits' ? count - 1 : count,
    )
  })

  it('Should count the failures of workflow tasks, and none where there were none', () => {
    for (const workflow_type of ['waits', 'other']) {
      expect(
        value('task_failures_total', { workflow_type, reason: 'workflow_error' }),
      ).toBeGreaterThanOrEqual(2)
    }
    expect(value('task_failures_total', { workflow_type: 'fails' })).toBe(0)
  })

  it('Should count tasks by how they ended', () => {
    const tasks = (workflow_type: string, outcome: string): number =>
      sumOf(samples, 'compozy_task_executions_total', { workflow_type, task_type: 'wait', outcome })
    expect(tasks('waits', 'completed')).toBe(1)
    expect(tasks('waits', 'canceled')).toBe(1)
    expect(tasks('fails', 'timed_out') + tasks('fails', 'failed')).toBe(1)
  })

  it.each([[[]], [['--prd']]])('Should pass the check of its own metrics (%o)', async (flags) => {
    const { code, stdout } = await runCompozy(['metrics', 'check', engine.metrics, ...flags])
    expect(stdout).toMatch(
      /\(text\): \d+ families, \d+ series; all good\n.*\(openmetrics\).*; all good\n.*\(protobuf\).*; all good\n$/,
    )
    expect(code).toBe(0)
  })
})
