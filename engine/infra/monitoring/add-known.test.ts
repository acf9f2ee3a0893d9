import type { WorkflowInfo } from '@temporalio/workflow'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { silentLogger } from '../../core/logger.ts'
import type { MonitoringService } from './index.ts'
import { createTestMonitoring, testConfig } from './testing/service.ts'

const startedAt = Date.UTC(2026, 0, 1)
const names = {
  workflows: [
    { id: 'order', taskTypes: ['basic', 'wait'] },
    { id: 'chatty', taskTypes: ['basic'] },
  ],
  tools: ['price', 'greet'],
}

/** Returns the lines of the exposition that begin so, and their values. */
async function read(
  monitoring: MonitoringService,
  start: string,
  accept?: string,
): Promise<Record<string, number>> {
  const { body } = await monitoring.scrape({ accept, acceptEncoding: undefined })
  const lines = body.toString().split('\n')
  return Object.fromEntries(
    lines
      .filter((line) => line.startsWith(`compozy_${start}`))
      .map((line) => line.slice('compozy_'.length).split(' ') as [string, string])
      .map(([series, value]) => [series, Number(value)]),
  )
}

/** Records the start of a run of a workflow, as a worker does. */
const startRun = (monitoring: MonitoringService, workflowType: string, runId = workflowType) =>
  monitoring.temporal.sinks.compozyMetrics.started.fn({ runId, workflowType } as WorkflowInfo)

/** Records the end of a task in a run, once Temporal has accepted it. */
async function endTask(monitoring: MonitoringService, workflowType: string): Promise<void> {
  const { observed, continued } = monitoring.temporal.sinks.compozyObservations
  const info = { runId: workflowType, workflowType } as WorkflowInfo
  const ended = { type: 'task_ended', taskType: 'basic', outcome: 'completed' } as const
  await observed.fn(info, 0, [{ ...ended, durationMs: 1 }])
  await continued.fn(info)
}

describe('names that are added while the process runs', () => {
  beforeEach(() => void vi.useFakeTimers({ now: startedAt, toFake: ['Date'] }))
  afterEach(() => void vi.useRealTimers())

  it('Should export their series at 0 from then on, with their own created timestamps', async () => {
    const config = { ...testConfig, createdSamples: true }
    const monitoring = await createTestMonitoring({ config })
    expect(await read(monitoring, 'temporal_workflow_started_total{workflow_type="ch')).toEqual({})
    vi.setSystemTime(startedAt + 60_000)
    monitoring.addKnown(names)
    const started = await read(
      monitoring,
      'temporal_workflow_started',
      'application/openmetrics-text',
    )
    expect(started).toEqual({
      'temporal_workflow_started_total{workflow_type="order"}': 0,
      'temporal_workflow_started_created{workflow_type="order"}': startedAt / 1_000,
      'temporal_workflow_started_total{workflow_type="refund"}': 0,
      'temporal_workflow_started_created{workflow_type="refund"}': startedAt / 1_000,
      'temporal_workflow_started_total{workflow_type="chatty"}': 0,
      'temporal_workflow_started_created{workflow_type="chatty"}': startedAt / 1_000 + 60,
    })
    await startRun(monitoring, 'chatty')
    await startRun(monitoring, 'order')
    monitoring.tools.recordCall({ tool: 'greet', outcome: 'ok', durationMs: 1 })
    expect(await read(monitoring, '')).toMatchObject({
      'temporal_workflow_duration_seconds_count{workflow_type="chatty"}': 0,
      'temporal_workflow_closed_total{workflow_type="chatty",outcome="failed"}': 0,
      'temporal_workflow_server_closed_total{workflow_type="chatty",outcome="terminated"}': 0,
      'task_executions_total{workflow_type="chatty",task_type="basic",outcome="failed"}': 0,
      'task_executions_total{workflow_type="order",task_type="wait",outcome="failed"}': 0,
      'tool_calls_total{tool="greet",outcome="error"}': 0,
      'tool_call_duration_seconds_count{tool="greet"}': 1,
    })
  })

  it('Should count under their own names, and under other what the project never had', async () => {
    const monitoring = await createTestMonitoring()
    monitoring.addKnown(names)
    for (const type of ['chatty', 'never']) {
      await startRun(monitoring, type)
      await endTask(monitoring, type)
    }
    for (const tool of ['greet', 'never'])
      monitoring.tools.recordCall({ tool, outcome: 'ok', durationMs: 1 })
    const all = await read(monitoring, '')
    expect(all).toMatchObject({
      'temporal_workflow_started_total{workflow_type="chatty"}': 1,
      'temporal_workflow_started_total{workflow_type="other"}': 1,
      'task_executions_total{workflow_type="chatty",task_type="basic",outcome="completed"}': 1,
      'task_executions_total{workflow_type="other",task_type="basic",outcome="completed"}': 1,
      'tool_calls_total{tool="greet",outcome="ok"}': 1,
      'tool_calls_total{tool="other",outcome="ok"}': 1,
    })
    expect(Object.keys(all).filter((series) => series.includes('never'))).toEqual([])
  })

  it('Should go on with what a reload removes, and keep what is counted', async () => {
    const monitoring = await createTestMonitoring()
    await startRun(monitoring, 'refund', 'a')
    monitoring.addKnown(names)
    monitoring.addKnown({ workflows: [], tools: [] })
    await startRun(monitoring, 'refund', 'b')
    await startRun(monitoring, 'chatty')
    expect(await read(monitoring, 'temporal_workflow_started_total')).toEqual({
      'temporal_workflow_started_total{workflow_type="order"}': 0,
      'temporal_workflow_started_total{workflow_type="refund"}': 2,
      'temporal_workflow_started_total{workflow_type="chatty"}': 1,
    })
  })

  it('Should stop at the limit of label sets and say so, with sums intact', async () => {
    const warnings: unknown[] = []
    const logger = { ...silentLogger, warn: (fields: object) => void warnings.push(fields) }
    const config = { ...testConfig, cardinalityLimit: 10 }
    const monitoring = await createTestMonitoring({ config, logger })
    const disarmed = warnings.splice(0)
    const ids = Array.from({ length: 50 }, (_, i) => `w${i}`)
    for (const id of ids) monitoring.addKnown({ workflows: [{ id, taskTypes: [] }], tools: [id] })
    for (const id of ids) await startRun(monitoring, id)
    const started = await read(monitoring, 'temporal_workflow_started_total')
    expect(Object.keys(started)).toHaveLength(11)
    expect(started['temporal_workflow_started_total{workflow_type="other"}']).toBe(42)
    expect(disarmed).toEqual([])
    expect(warnings[0]).toEqual({ names: ['w8'] })
  })
})
