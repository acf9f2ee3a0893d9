import type { DashboardSpec } from './dashboard.ts'
import type { PanelSpec } from './panel.ts'
import { process, workflowsOf as on } from './matchers.ts'
import { bucketsOf, quantileOf } from './quantile.ts'
import { tasksAndTools } from './tasks-and-tools.ts'

/** What the server tells is the same in every process: a maximum over them. */
const server = 'job=~"$job", workflow_type=~"$workflow_type"'

const quantile = (q: number) =>
  quantileOf(q, {
    of: 'compozy_temporal_workflow_duration_seconds',
    matchers: on,
    by: ['workflow_type'],
  })

const runs: readonly PanelSpec[] = [
  {
    kind: 'table',
    title: 'Runs in the time range',
    about:
      'As counts: started, and closed by outcome. Seen by workers; what the server ended alone is below.',
    width: 12,
    queries: [
      {
        expr: `sum by (workflow_type) (increase(compozy_temporal_workflow_started_total{${on}}[$__range]))`,
        legend: 'started',
      },
      {
        expr: `sum by (workflow_type) (increase(compozy_temporal_workflow_completed_total{${on}}[$__range]))`,
        legend: 'completed',
      },
      {
        expr: `sum by (workflow_type) (increase(compozy_temporal_workflow_failed_total{${on}}[$__range]))`,
        legend: 'failed',
      },
      {
        expr: `sum by (workflow_type) (increase(compozy_temporal_workflow_closed_total{${on}, outcome="canceled"}[$__range]))`,
        legend: 'canceled',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Starts',
    about: 'Runs that started, a second.',
    unit: 'ops',
    width: 6,
    queries: [
      {
        expr: `sum by (workflow_type) (rate(compozy_temporal_workflow_started_total{${on}}[$__rate_interval]))`,
        legend: '{{workflow_type}}',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Closes by outcome',
    about: 'Runs that closed, a second. continued_as_new is a hop of a run that goes on.',
    unit: 'ops',
    width: 6,
    stacked: true,
    runbooks: ['CompozyWorkflowFailureRatio'],
    queries: [
      {
        expr: `sum by (outcome) (rate(compozy_temporal_workflow_closed_total{${on}}[$__rate_interval]))`,
        legend: '{{outcome}}',
      },
    ],
  },
]

const duration: readonly PanelSpec[] = [
  {
    kind: 'heatmap',
    title: 'Duration of runs',
    about: 'How many runs took how long, from their start to their close, waiting included.',
    unit: 's',
    width: 12,
    queries: [
      {
        expr: bucketsOf({ of: 'compozy_temporal_workflow_duration_seconds', matchers: on }),
        legend: '{{le}}',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Duration: p50 and p95',
    about: 'By workflow. The largest bucket is a day; nothing above it can be told apart.',
    unit: 's',
    width: 12,
    runbooks: ['CompozyWorkflowSlow', 'CompozyWorkflowDurationBucketsSaturated'],
    queries: [
      { expr: quantile(0.5), legend: 'p50 {{workflow_type}}' },
      { expr: quantile(0.95), legend: 'p95 {{workflow_type}}' },
    ],
  },
]

const truth: readonly PanelSpec[] = [
  {
    kind: 'timeseries',
    title: 'Open runs',
    about: 'Executions that the server lists as running.',
    width: 8,
    stacked: true,
    runbooks: ['CompozyWorkflowStalled'],
    queries: [
      {
        expr: `sum by (workflow_type) (max by (job, workflow_type) (compozy_temporal_workflow_executions{${server}, status="running"}))`,
        legend: '{{workflow_type}}',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Closed runs that the server keeps',
    about:
      'By status, terminated and timed out among them, which no worker sees. It falls where the retention ends.',
    width: 8,
    runbooks: ['CompozyWorkflowTimedOut'],
    queries: [
      {
        expr: `sum by (status) (max by (job, workflow_type, status) (compozy_temporal_workflow_executions{${server}, status!="running"}))`,
        legend: '{{status}}',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Stuck runs, and steps that fail',
    about: 'Open runs that cannot make a step; steps that failed in 15 minutes, by reason.',
    width: 8,
    limits: { bad: 1 },
    runbooks: ['CompozyWorkflowStuck', 'CompozyWorkflowNondeterminism'],
    queries: [
      {
        expr: `sum by (workflow_type) (max by (job, workflow_type) (compozy_temporal_workflow_stuck{${server}}))`,
        legend: 'stuck {{workflow_type}}',
      },
      {
        expr: `sum by (reason) (increase(compozy_temporal_workflow_task_failures_total{${on}}[15m]))`,
        legend: '{{reason}}',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Backlog',
    about: 'Tasks that wait in the queue for a worker.',
    width: 8,
    runbooks: ['CompozyTaskQueueBacklog'],
    queries: [
      {
        expr: 'sum by (task_queue_type) (max by (job, task_queue_type) (compozy_temporal_task_queue_backlog{job=~"$job"}))',
        legend: '{{task_queue_type}}',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Oldest task in the queue',
    about: 'How long it has waited.',
    unit: 's',
    width: 8,
    limits: { bad: 60 },
    runbooks: ['CompozyTaskQueueBacklog'],
    queries: [
      {
        expr: 'max by (task_queue_type) (compozy_temporal_task_queue_backlog_age_seconds{job=~"$job"})',
        legend: '{{task_queue_type}}',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Questions to the server that failed',
    about: 'In 10 minutes. While they fail, what is asked for is absent from the panels above.',
    width: 8,
    runbooks: ['CompozyServerUnanswered'],
    queries: [
      {
        expr: `sum by (source) (increase(compozy_temporal_reconcile_errors_total{${process}}[10m]))`,
        legend: '{{source}}',
      },
    ],
  },
]

const custom: readonly PanelSpec[] = [
  {
    kind: 'timeseries',
    title: 'Metrics declared in YAML',
    about: 'Gauges, counters and counts of histograms, each by its name, summed over processes.',
    unit: 'short',
    width: 24,
    queries: [
      {
        expr: 'sum by (__name__) ({job=~"$job", __name__=~"compozy_custom_.+", __name__!~".+_(bucket|created|sum)"})',
        legend: '{{__name__}}',
      },
    ],
  },
]

/** What the workflows do, each by its own name. */
export const workflows: DashboardSpec = {
  uid: 'compozy-workflows',
  title: 'Compozy: workflows',
  about:
    'Counts, outcomes and durations of runs by workflow; what only Temporal knows; tasks, tools and custom metrics.',
  rows: [
    { title: 'Runs', panels: runs },
    { title: 'Duration', panels: duration },
    { title: 'As Temporal sees it', panels: truth },
    { title: 'Tasks and tools', panels: tasksAndTools },
    { title: 'Custom metrics', panels: custom },
  ],
}
