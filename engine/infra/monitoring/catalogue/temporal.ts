import { workflowType, type Family } from './family.ts'

/** How a run closes as its worker sees it. */
export const closeOutcomes = ['completed', 'failed', 'canceled', 'continued_as_new'] as const

/** Status of an execution as the server and the API say it. */
export const runStatuses = [
  'running',
  'completed',
  'failed',
  'canceled',
  'terminated',
  'timed_out',
] as const

/** Why a workflow task failed. */
export const taskFailureReasons = ['workflow_error', 'nondeterminism', 'other'] as const

/** What the engine asks the server for. */
export const reconcileSources = ['executions', 'stuck', 'backlog'] as const

const gaugeName =
  'a gauge by the name that the requirement gives it; new gauges never end in _total'
const perProcess = 'the same in every process of the project: take max, not sum'
const taskQueueType = {
  values: ['workflow', 'activity'],
  doc: 'what waits: steps of workflows, or calls of tools',
} as const

/** The PRD's six Temporal families. */
export const requiredTemporal = {
  workflowStarted: {
    name: 'compozy_temporal_workflow_started_total',
    kind: 'counter',
    help: 'Workflow runs that a worker has taken up, each once.',
    labels: { workflow_type: workflowType },
    example: 'sum by (workflow_type) (rate(compozy_temporal_workflow_started_total[5m]))',
    stability: 'required',
  },
  workflowCompleted: {
    name: 'compozy_temporal_workflow_completed_total',
    kind: 'counter',
    help: 'Workflow runs that completed, counted when the server has accepted it.',
    labels: { workflow_type: workflowType },
    example: 'sum by (workflow_type) (increase(compozy_temporal_workflow_completed_total[1h]))',
    stability: 'required',
  },
  workflowFailed: {
    name: 'compozy_temporal_workflow_failed_total',
    kind: 'counter',
    help: 'Workflow runs that failed, counted when the server has accepted it. Cancelled runs are not among them.',
    labels: { workflow_type: workflowType },
    example: 'sum by (workflow_type) (increase(compozy_temporal_workflow_failed_total[1h]))',
    stability: 'required',
  },
  workflowDuration: {
    name: 'compozy_temporal_workflow_duration_seconds',
    kind: 'histogram',
    unit: 'seconds',
    help: 'Time from the start of a workflow run to its close: completed, failed or cancelled.',
    labels: { workflow_type: workflowType },
    // As Temporal's own: from a tenth of a second to a day.
    buckets: [0.1, 0.5, 1, 1.5, 2, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 30_600, 86_400],
    example:
      'histogram_quantile(0.95, sum by (workflow_type, le) (rate(compozy_temporal_workflow_duration_seconds_bucket[1h])))',
    stability: 'required',
  },
  workersRunning: {
    name: 'compozy_temporal_workers_running_total',
    kind: 'gauge',
    help: 'Temporal workers of this process that poll now.',
    labels: {},
    example: 'compozy_temporal_workers_running_total < compozy_temporal_workers_configured_total',
    stability: 'required',
    waiver: gaugeName,
  },
  workersConfigured: {
    name: 'compozy_temporal_workers_configured_total',
    kind: 'gauge',
    help: 'Temporal workers that this process is configured to run.',
    labels: {},
    example: 'sum by (job) (compozy_temporal_workers_configured_total)',
    stability: 'required',
    waiver: gaugeName,
  },
} as const satisfies Record<string, Family>

/** Outcomes that the PRD's families cannot show: of the worker first, then as the server tells them. */
export const moreTemporal = {
  workflowClosed: {
    name: 'compozy_temporal_workflow_closed_total',
    kind: 'counter',
    help: 'Closes of workflow runs that the server accepted from a worker; continued_as_new is a hop of a run that goes on.',
    labels: {
      workflow_type: workflowType,
      outcome: { values: closeOutcomes, doc: 'how the run closed' },
    },
    example:
      'sum by (workflow_type, outcome) (increase(compozy_temporal_workflow_closed_total[1h]))',
    stability: 'stable',
  },
  workflowTaskFailures: {
    name: 'compozy_temporal_workflow_task_failures_total',
    kind: 'counter',
    help: 'Steps of workflow runs that failed in the worker and are repeated: a defect of the engine or of a definition, not of a tool.',
    labels: {
      workflow_type: workflowType,
      reason: {
        values: taskFailureReasons,
        doc: 'nondeterminism: the run does not replay to what its history says',
      },
    },
    example:
      'sum by (workflow_type, reason) (increase(compozy_temporal_workflow_task_failures_total[15m])) > 0',
    stability: 'stable',
  },
  workflowExecutions: {
    name: 'compozy_temporal_workflow_executions',
    kind: 'gauge',
    help: `Executions as the server lists them, for as long as its namespace keeps them; ${perProcess}.`,
    labels: {
      workflow_type: workflowType,
      status: { values: runStatuses, doc: 'status of the execution' },
    },
    example: 'max by (workflow_type) (compozy_temporal_workflow_executions{status="running"})',
    stability: 'stable',
    when: 'the Temporal server answers',
  },
  workflowStuck: {
    name: 'compozy_temporal_workflow_stuck',
    kind: 'gauge',
    help: `Open executions whose workflow task keeps failing, as the server reports them; ${perProcess}.`,
    labels: { workflow_type: workflowType },
    example: 'max by (workflow_type) (compozy_temporal_workflow_stuck) > 0',
    stability: 'stable',
    when: 'the Temporal server answers',
  },
  taskQueueBacklog: {
    name: 'compozy_temporal_task_queue_backlog',
    kind: 'gauge',
    help: `Tasks that wait in the task queue for a worker, as the server estimates them; ${perProcess}.`,
    labels: { task_queue_type: taskQueueType },
    example: 'sum(max by (task_queue_type) (compozy_temporal_task_queue_backlog))',
    stability: 'stable',
    when: 'the Temporal server answers',
  },
  taskQueueBacklogAge: {
    name: 'compozy_temporal_task_queue_backlog_age_seconds',
    kind: 'gauge',
    unit: 'seconds',
    help: `How long the oldest task has waited in the task queue; ${perProcess}.`,
    labels: { task_queue_type: taskQueueType },
    example: 'max by (task_queue_type) (compozy_temporal_task_queue_backlog_age_seconds) > 60',
    stability: 'stable',
    when: 'the Temporal server answers',
  },
  reconcileErrors: {
    name: 'compozy_temporal_reconcile_errors_total',
    kind: 'counter',
    help: 'Questions to the server that failed or were late; the families that they feed are absent until it answers again.',
    labels: { source: { values: reconcileSources, doc: 'what was asked for' } },
    example: 'increase(compozy_temporal_reconcile_errors_total[5m]) > 0',
    stability: 'stable',
  },
} as const satisfies Record<string, Family>
