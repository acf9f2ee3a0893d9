import Fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import type { WorkflowInfo } from '@temporalio/workflow'
import { limitNames } from '../../../core/observation.ts'
import type { MonitoringService } from '../index.ts'
import { createTestMonitoring } from '../testing/service.ts'

async function samplesOf(
  monitoring: MonitoringService,
  prefix: string,
): Promise<Record<string, number>> {
  const app = Fastify()
  monitoring.http.registerEndpoint(app)
  const { body } = await app.inject('/metrics')
  await app.close()
  const lines = body.split('\n').filter((line) => line.startsWith(prefix) && !line.endsWith(' 0'))
  return Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.lastIndexOf(' ')),
      Number(line.slice(line.lastIndexOf(' ') + 1)),
    ]),
  )
}

describe('calls of tools', () => {
  it('Should count by tool and outcome, and put 10,000 unknown names under other', async () => {
    const monitoring = await createTestMonitoring()
    const { recordCall } = monitoring.tools
    recordCall({ tool: 'price', outcome: 'ok', durationMs: 20 })
    recordCall({ tool: 'price', outcome: 'timeout', durationMs: 5_000 })
    for (let i = 0; i < 10_000; i++) recordCall({ tool: `x${i}`, outcome: 'ok', durationMs: 1 })
    expect(await samplesOf(monitoring, 'compozy_tool_calls_total')).toEqual({
      'compozy_tool_calls_total{tool="price",outcome="ok"}': 1,
      'compozy_tool_calls_total{tool="price",outcome="timeout"}': 1,
      'compozy_tool_calls_total{tool="other",outcome="ok"}': 10_000,
    })
    expect(
      await samplesOf(monitoring, 'compozy_tool_call_duration_seconds_sum{tool="price"}'),
    ).toEqual({
      'compozy_tool_call_duration_seconds_sum{tool="price"}': 5.02,
    })
  })
})

describe('calls that wait for a tool process', () => {
  it('Should count while they wait, from 0', async () => {
    const monitoring = await createTestMonitoring()
    const waiting = () => samplesOf(monitoring, 'compozy_tool_calls_waiting')
    const app = Fastify()
    monitoring.http.registerEndpoint(app)
    expect((await app.inject('/metrics')).body).toContain('\ncompozy_tool_calls_waiting 0\n')
    await app.close()
    for (const change of [1, 1, -1] as const) monitoring.tools.recordWaitingCall(change)
    expect(await waiting()).toEqual({ compozy_tool_calls_waiting: 1 })
  })
})

describe('lines that the logs of runs leave out', () => {
  it('Should count by reason, and exist at 0 before', async () => {
    const monitoring = await createTestMonitoring()
    const app = Fastify()
    monitoring.http.registerEndpoint(app)
    const { body } = await app.inject('/metrics')
    await app.close()
    for (const reason of ['call_limit', 'run_limit', 'queue_full', 'disk_error'])
      expect(body).toContain(`compozy_run_log_lines_dropped_total{reason="${reason}"} 0`)
    monitoring.tools.recordDroppedLines('disk_error', 3)
    monitoring.tools.recordDroppedLines('disk_error', 4)
    expect(await samplesOf(monitoring, 'compozy_run_log_lines_dropped_total')).toEqual({
      'compozy_run_log_lines_dropped_total{reason="disk_error"}': 7,
    })
  })
})

describe('limits of runs', () => {
  it('Should count by limit once Temporal has accepted the task, and exist at 0 before', async () => {
    const monitoring = await createTestMonitoring()
    const app = Fastify()
    monitoring.http.registerEndpoint(app)
    const { body } = await app.inject('/metrics')
    await app.close()
    for (const limit of limitNames)
      expect(body).toContain(`compozy_limit_exceeded_total{limit="${limit}"} 0`)
    const { observed, continued } = monitoring.temporal.sinks.compozyObservations
    const info = { runId: 'a', workflowType: 'order' } as WorkflowInfo
    const failed = { type: 'task_ended', taskType: 'basic', outcome: 'failed' } as const
    const excess = [
      { ...failed, durationMs: 0 },
      { type: 'limit_exceeded', limit: 'tool_env' },
    ] as const
    await observed.fn(info, 0, excess)
    expect(await samplesOf(monitoring, 'compozy_limit_exceeded_total')).toEqual({})
    // Temporal did not accept it: its retry makes the same observations again.
    await observed.fn(info, 0, excess)
    await continued.fn(info)
    await observed.fn(info, 2, [{ ...failed, durationMs: 0 }])
    await continued.fn(info)
    monitoring.temporal.recordRefusedSignal()
    expect(await samplesOf(monitoring, 'compozy_limit_exceeded_total')).toEqual({
      'compozy_limit_exceeded_total{limit="tool_env"}': 1,
      'compozy_limit_exceeded_total{limit="kept_signals"}': 1,
    })
  })
})

describe('tasks', () => {
  it('Should count what a run observed when its task is accepted, skipped tasks without a duration', async () => {
    const monitoring = await createTestMonitoring()
    const { observed, continued } = monitoring.temporal.sinks.compozyObservations
    const info = { runId: 'a', workflowType: 'order' } as WorkflowInfo
    const ended = { type: 'task_ended', taskType: 'basic' } as const
    await observed.fn(info, 0, [
      { ...ended, outcome: 'completed', durationMs: 1_500 },
      { ...ended, outcome: 'skipped', durationMs: 0 },
    ])
    expect(await samplesOf(monitoring, 'compozy_task_')).toEqual({})
    await continued.fn(info)
    const labels = 'workflow_type="order",task_type="basic"'
    expect(await samplesOf(monitoring, 'compozy_task_executions_total')).toEqual({
      [`compozy_task_executions_total{${labels},outcome="completed"}`]: 1,
      [`compozy_task_executions_total{${labels},outcome="skipped"}`]: 1,
    })
    expect(await samplesOf(monitoring, 'compozy_task_duration_seconds_count')).toEqual({
      'compozy_task_duration_seconds_count{task_type="basic"}': 1,
    })
  })

  it('Should be there at 0 for the kinds that a workflow has, and for no others', async () => {
    const monitoring = await createTestMonitoring()
    const info = { runId: 'a', workflowType: 'order' } as WorkflowInfo
    await monitoring.temporal.sinks.compozyMetrics.started.fn(info)
    const app = Fastify()
    monitoring.http.registerEndpoint(app)
    const { body } = await app.inject('/metrics')
    await app.close()
    expect(body).toContain(
      'compozy_task_executions_total{workflow_type="order",task_type="collection",outcome="failed"} 0\n',
    )
    expect(body).not.toContain('workflow_type="refund",task_type="collection"')
  })
})
