import { workflowType, type Family } from './family.ts'

/** How a run closes, as its worker sees it. */
export const closeOutcomes = ['completed', 'failed', 'canceled', 'continued_as_new'] as const

/** Status of an execution in Temporal and in the API. */
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

/** Kinds of pollers, each of which must poll for its tasks to run. */
export const pollerTypes = ['workflow', 'activity'] as const

/** What the engine asks Temporal for. */
export const reconcileSources = ['executions', 'stuck', 'backlog', 'closes', 'fleet'] as const

/** How Temporal itself closes a run. */
export const serverCloseOutcomes = ['terminated', 'timed_out'] as const

const gaugeName = 'a core metric; the names of new gauges never end in `_total`'
const perProcess =
  'Processes share the queries, and a series may move between them: aggregate with `max`, not `sum`.'
const taskQueueType = {
  values: ['workflow', 'activity'],
  doc: 'workflow tasks, or tool calls (`activity`)',
} as const

/** The six core Temporal families. */
export const coreTemporal = {
  workflowStarted: {
    name: 'compozy_temporal_workflow_started_total',
    kind: 'counter',
    help: 'Total workflow runs started.',
    detail:
      'Counted once a run, when a worker first picks it up. At 0 for each workflow from the first scrape.',
    labels: { workflow_type: workflowType },
    example: 'sum by (workflow_type) (rate(compozy_temporal_workflow_started_total[5m]))',
    stability: 'core',
  },
  workflowCompleted: {
    name: 'compozy_temporal_workflow_completed_total',
    kind: 'counter',
    help: 'Total workflow runs completed.',
    detail:
      'Counted when Temporal has accepted the close. At 0 for each workflow from the first scrape.',
    labels: { workflow_type: workflowType },
    example: 'sum by (workflow_type) (increase(compozy_temporal_workflow_completed_total[1h]))',
    stability: 'core',
  },
  workflowFailed: {
    name: 'compozy_temporal_workflow_failed_total',
    kind: 'counter',
    help: 'Total workflow runs failed.',
    detail:
      'Counted when Temporal has accepted the close. Canceled runs are not failures. At 0 for each workflow from the first scrape.',
    labels: { workflow_type: workflowType },
    example: 'sum by (workflow_type) (increase(compozy_temporal_workflow_failed_total[1h]))',
    stability: 'core',
  },
  workflowDuration: {
    name: 'compozy_temporal_workflow_duration_seconds',
    kind: 'histogram',
    unit: 'seconds',
    help: 'Workflow run duration in seconds.',
    detail:
      'From the start of a run to its close: completed, failed or canceled. A run that was reset in Temporal starts with its first workflow task after the reset.',
    labels: { workflow_type: workflowType },
    // Temporal's own bounds, from 100 ms to a day.
    buckets: [0.1, 0.5, 1, 1.5, 2, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 30_600, 86_400],
    example:
      'histogram_quantile(0.95, sum by (workflow_type, le) (rate(compozy_temporal_workflow_duration_seconds_bucket[1h])))',
    stability: 'core',
  },
  workersRunning: {
    name: 'compozy_temporal_workers_running_total',
    kind: 'gauge',
    help: 'Temporal workers running in this process.',
    labels: {},
    example: 'compozy_temporal_workers_running_total < compozy_temporal_workers_configured_total',
    stability: 'core',
    waiver: gaugeName,
  },
  workersConfigured: {
    name: 'compozy_temporal_workers_configured_total',
    kind: 'gauge',
    help: 'Temporal workers configured for this process.',
    labels: {},
    example: 'sum by (job) (compozy_temporal_workers_configured_total)',
    stability: 'core',
    waiver: gaugeName,
  },
} as const satisfies Record<string, Family>

/** Temporal families beyond the core: first what workers see, then what Temporal reports. */
export const extraTemporal = {
  workflowClosed: {
    name: 'compozy_temporal_workflow_closed_total',
    kind: 'counter',
    help: 'Total workflow runs closed by a worker.',
    detail:
      'Counted when Temporal has accepted the close. `continued_as_new`: the run goes on in a new history.',
    labels: {
      workflow_type: workflowType,
      outcome: { values: closeOutcomes, doc: 'how the run closed' },
    },
    example:
      'sum by (workflow_type, outcome) (increase(compozy_temporal_workflow_closed_total[1h]))',
    stability: 'stable',
  },
  workflowServerClosed: {
    name: 'compozy_temporal_workflow_server_closed_total',
    kind: 'counter',
    help: 'Total workflow runs closed by Temporal.',
    detail:
      'Runs that were terminated or timed out, which no worker sees. Each close counts once, in the process that queries for it: aggregate with `sum`.',
    labels: {
      workflow_type: workflowType,
      outcome: { values: serverCloseOutcomes, doc: 'how the run closed' },
    },
    example:
      'sum by (workflow_type, outcome) (increase(compozy_temporal_workflow_server_closed_total[1h]))',
    stability: 'stable',
  },
  workflowTaskFailures: {
    name: 'compozy_temporal_workflow_task_failures_total',
    kind: 'counter',
    help: 'Total workflow tasks failed.',
    detail:
      'Temporal retries them. The cause is a defect of the engine or a definition, not of a tool.',
    labels: {
      workflow_type: workflowType,
      reason: {
        values: taskFailureReasons,
        doc: 'cause; `nondeterminism`: the replay of the run does not match its history',
      },
    },
    example:
      'sum by (workflow_type, reason) (increase(compozy_temporal_workflow_task_failures_total[15m])) > 0',
    stability: 'stable',
  },
  reachable: {
    name: 'compozy_temporal_reachable',
    kind: 'gauge',
    help: 'Whether Temporal answers this process, 1 or 0.',
    detail:
      'From a health check 5 s after the last one, or 6 s after Temporal last answered a heartbeat or a query, whatever `monitoring.reconcile_interval` says. Also 0 where Temporal refuses the credentials or has no such namespace.',
    labels: {},
    example: 'min by (instance) (compozy_temporal_reachable) == 0',
    stability: 'stable',
  },
  pollAge: {
    name: 'compozy_temporal_poll_age_seconds',
    kind: 'gauge',
    unit: 'seconds',
    help: 'Time since the last successful poll of the task queue in seconds.',
    detail:
      'A poll succeeds when Temporal answers it, with a task or without one: at least once a minute. The age is up to 5 seconds too high: the SDK reports polls that often. After an outage of Temporal it counts from when Temporal answers again. 0 without workers, and while every task slot is taken: a full worker does not poll. Absent where polls cannot be seen: other code of the process owns the Temporal runtime, or the runtime reports nothing.',
    labels: { poller_type: { values: pollerTypes, doc: 'kind of task that is polled for' } },
    example: 'max by (instance, poller_type) (compozy_temporal_poll_age_seconds) > 120',
    stability: 'stable',
  },
  workflowExecutions: {
    name: 'compozy_temporal_workflow_executions',
    kind: 'gauge',
    help: 'Workflow executions in Temporal.',
    detail: `Closed executions count until the retention of the namespace removes them. ${perProcess}`,
    labels: {
      workflow_type: workflowType,
      status: { values: runStatuses, doc: 'status of the execution' },
    },
    example: 'max by (workflow_type) (compozy_temporal_workflow_executions{status="running"})',
    stability: 'stable',
    when: 'Temporal answers',
  },
  workflowStuck: {
    name: 'compozy_temporal_workflow_stuck',
    kind: 'gauge',
    help: 'Open workflow executions whose workflow task keeps failing.',
    detail: `As Temporal reports them. ${perProcess}`,
    labels: { workflow_type: workflowType },
    example: 'max by (workflow_type) (compozy_temporal_workflow_stuck) > 0',
    stability: 'stable',
    when: 'Temporal answers',
  },
  taskQueueBacklog: {
    name: 'compozy_temporal_task_queue_backlog',
    kind: 'gauge',
    help: 'Approximate tasks waiting in the task queue.',
    detail: `Temporal's estimate. ${perProcess}`,
    labels: { task_queue_type: taskQueueType },
    example: 'sum(max by (task_queue_type) (compozy_temporal_task_queue_backlog))',
    stability: 'stable',
    when: 'Temporal answers',
  },
  taskQueueBacklogAge: {
    name: 'compozy_temporal_task_queue_backlog_age_seconds',
    kind: 'gauge',
    unit: 'seconds',
    help: 'Age of the oldest task waiting in the task queue in seconds.',
    detail: `Temporal's estimate. ${perProcess}`,
    labels: { task_queue_type: taskQueueType },
    example: 'max by (task_queue_type) (compozy_temporal_task_queue_backlog_age_seconds) > 60',
    stability: 'stable',
    when: 'Temporal answers',
  },
  reconcileErrors: {
    name: 'compozy_temporal_reconcile_errors_total',
    kind: 'counter',
    help: 'Total Temporal queries that failed or timed out.',
    detail:
      'The series fed by the query keep their last value for two intervals and are absent afterwards.',
    labels: { source: { values: reconcileSources, doc: 'what the query asked for' } },
    example: 'increase(compozy_temporal_reconcile_errors_total[5m]) > 0',
    stability: 'stable',
  },
} as const satisfies Record<string, Family>
