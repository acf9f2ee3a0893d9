import type { WorkflowInfo } from '@temporalio/workflow'
import { describe, expect, it } from 'vitest'
import { families, type Family } from '../catalogue.ts'
import type { MonitoringService } from '../index.ts'
import { createTestMonitoring, testConfig } from '../testing/service.ts'

const allConfig = { ...testConfig, idleSeries: 'all' } as const

/** Returns the value of every series of the text. */
async function read(monitoring: MonitoringService): Promise<ReadonlyMap<string, number>> {
  const { body } = await monitoring.scrape({ accept: undefined, acceptEncoding: undefined })
  const lines = body.toString().split('\n')
  return new Map(
    lines
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]),
  )
}

/** Returns the series with a label, without the prefix and the bounds of histograms. */
async function seriesWith(monitoring: MonitoringService, label: string) {
  const found = [...(await read(monitoring))]
    .filter(([series]) => series.includes(label) && !series.includes('_bucket'))
    .map(([series, value]) => [series.replace(/^compozy_/, ''), value] as const)
  return Object.fromEntries(found)
}

const startRun = (monitoring: MonitoringService, workflowType: string) =>
  monitoring.temporal.sinks.compozyMetrics.started.fn({
    runId: workflowType,
    workflowType,
  } as WorkflowInfo)

const fleet = (size: number) =>
  Array.from({ length: size }, (_, i) => ({ id: `workflow-${i}`, taskTypes: ['basic'] }))

describe('series of an idle workflow', () => {
  it('Should be those in which its first start and its first failure show as a rise', async () => {
    const monitoring = await createTestMonitoring()
    expect(await seriesWith(monitoring, 'workflow_type="refund"')).toEqual({
      'temporal_workflow_started_total{workflow_type="refund"}': 0,
      'temporal_workflow_completed_total{workflow_type="refund"}': 0,
      'temporal_workflow_failed_total{workflow_type="refund"}': 0,
    })
  })

  it('Should be all of them, at 0, from its first start on, and for no other workflow', async () => {
    const monitoring = await createTestMonitoring()
    await startRun(monitoring, 'refund')
    const refund = await seriesWith(monitoring, 'workflow_type="refund"')
    expect(refund).toMatchObject({
      'temporal_workflow_started_total{workflow_type="refund"}': 1,
      'temporal_workflow_duration_seconds_count{workflow_type="refund"}': 0,
      'temporal_workflow_closed_total{workflow_type="refund",outcome="canceled"}': 0,
      'temporal_workflow_task_failures_total{workflow_type="refund",reason="nondeterminism"}': 0,
      'temporal_workflow_server_closed_total{workflow_type="refund",outcome="timed_out"}': 0,
      'task_executions_total{workflow_type="refund",task_type="basic",outcome="failed"}': 0,
    })
    expect(await seriesWith(monitoring, 'task_duration_seconds')).toEqual({
      'task_duration_seconds_sum{task_type="basic"}': 0,
      'task_duration_seconds_count{task_type="basic"}': 0,
    })
    expect(Object.keys(await seriesWith(monitoring, 'workflow_type="order"'))).toHaveLength(3)
  })

  it('Should exist before the first start where all are asked for', async () => {
    const monitoring = await createTestMonitoring({ config: allConfig })
    const before = Object.keys(await seriesWith(monitoring, 'workflow_type="refund"'))
    expect(before).toHaveLength(3 + 2 + 4 + 3 + 2 + 5)
    await startRun(monitoring, 'refund')
    expect(Object.keys(await seriesWith(monitoring, 'workflow_type="refund"'))).toEqual(before)
  })

  it('Should come with a task of a run that another process started', async () => {
    const monitoring = await createTestMonitoring()
    const { observed, continued } = monitoring.temporal.sinks.compozyObservations
    const info = { runId: 'a', workflowType: 'order' } as WorkflowInfo
    await observed.fn(info, 0, [
      { type: 'task_ended', taskType: 'basic', outcome: 'failed', durationMs: 1 },
    ])
    await continued.fn(info)
    expect(await seriesWith(monitoring, 'workflow_type="order",task_type')).toMatchObject({
      'task_executions_total{workflow_type="order",task_type="basic",outcome="failed"}': 1,
      'task_executions_total{workflow_type="order",task_type="basic",outcome="completed"}': 0,
      'task_executions_total{workflow_type="order",task_type="collection",outcome="failed"}': 0,
    })
  })

  it('Should come with a reload that adds a kind of task only where a run has started', async () => {
    const monitoring = await createTestMonitoring()
    await startRun(monitoring, 'order')
    const workflows = ['order', 'refund'].map((id) => ({ id, taskTypes: ['wait'] }))
    monitoring.addKnown({ workflows, tools: [] })
    const waits = Object.keys(await seriesWith(monitoring, 'task_type="wait",outcome="failed"'))
    expect(waits).toEqual([
      'task_executions_total{workflow_type="order",task_type="wait",outcome="failed"}',
    ])
    await startRun(monitoring, 'refund')
    expect(await seriesWith(monitoring, 'refund",task_type="wait",outcome="failed"')).toEqual({
      'task_executions_total{workflow_type="refund",task_type="wait",outcome="failed"}': 0,
    })
  })

  it('Should leave every family of runs on the endpoint, where all workflows are idle', async () => {
    const { body } = await (
      await createTestMonitoring()
    ).scrape({ accept: undefined, acceptEncoding: undefined })
    for (const { name } of [
      families.workflowDuration,
      families.workflowClosed,
      families.workflowTaskFailures,
      families.workflowServerClosed,
    ] as readonly Family[])
      expect(body.toString()).toContain(`# TYPE ${name} `)
    expect(body.toString()).toContain(
      'compozy_temporal_workflow_duration_seconds_bucket{workflow_type="other",le="86400"} 0\n',
    )
  })

  it('Should be a tenth of all series for 500 workflows of which ten are active', async () => {
    async function linesOf(config: typeof testConfig): Promise<number> {
      const monitoring = await createTestMonitoring({ config, workflows: fleet(500) })
      for (const { id } of fleet(10)) await startRun(monitoring, id)
      return (await read(monitoring)).size
    }
    const [core, all] = [await linesOf(testConfig), await linesOf(allConfig)]
    expect(all).toBeGreaterThan(18_000)
    expect(core).toBeLessThan(all / 9)
  })
})

describe('series of an idle tool', () => {
  it('Should be its plain outcomes, and all of them from its first call on', async () => {
    const monitoring = await createTestMonitoring()
    expect(await seriesWith(monitoring, 'tool="price"')).toEqual({
      'tool_calls_total{tool="price",outcome="ok"}': 0,
      'tool_calls_total{tool="price",outcome="error"}': 0,
    })
    monitoring.tools.recordCall({ tool: 'price', outcome: 'error', durationMs: 1 })
    expect(await seriesWith(monitoring, 'tool="price"')).toMatchObject({
      'tool_calls_total{tool="price",outcome="ok"}': 0,
      'tool_calls_total{tool="price",outcome="error"}': 1,
      'tool_calls_total{tool="price",outcome="timeout"}': 0,
      'tool_call_duration_seconds_count{tool="price"}': 1,
    })
  })

  it('Should be all of them where all are asked for', async () => {
    const monitoring = await createTestMonitoring({ config: allConfig })
    expect(Object.keys(await seriesWith(monitoring, 'tool="price"'))).toHaveLength(7 + 2)
  })
})
