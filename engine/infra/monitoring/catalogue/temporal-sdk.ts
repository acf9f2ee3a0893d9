import { workflowType, type Family, type Label } from './family.ts'

/** Buckets of the SDK's own exporter: those of short calls, and of whole tasks. */
const short = [0.05, 0.1, 0.5, 1, 2.5, 10]
const medium = [0.001, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 10]

const labels = {
  namespace: { bound: 'one value a process', checked: true, doc: 'Temporal namespace' },
  task_queue: { bound: 'one value a process', checked: true, doc: 'task queue of the project' },
  workflow_type: workflowType,
  activity_type: {
    bound: 'tools and activities of the engine',
    doc: 'tool, or an activity of the engine',
  },
  failure_reason: { bound: "the SDK's own reasons", doc: 'why, in the words of the SDK' },
  poller_type: { bound: "the SDK's own kinds", doc: 'what is polled for' },
  worker_type: { bound: "the SDK's own kinds", doc: 'what the slots are for' },
  operation: { bound: "the server's own calls", doc: 'call of the server' },
  status_code: { bound: 'status codes of gRPC', doc: 'status of a failed call' },
} as const satisfies Record<string, Label>

type LabelName = keyof typeof labels

/** Some calls of the server, `GetSystemInfo` among them, concern no namespace. */
const namespaceOfCall: Label = {
  ...labels.namespace,
  optional: true,
  doc: 'Temporal namespace; empty for calls that concern none',
}

const base: readonly LabelName[] = ['namespace', 'task_queue']
const call: readonly LabelName[] = ['namespace', 'operation']

/** Name in the SDK, help, labels besides the base ones. */
type Row = readonly [
  name: string,
  help: string,
  extra?: readonly LabelName[],
  own?: readonly LabelName[],
]

const counters: readonly Row[] = [
  ['workflow_completed', 'Workflow runs completed.', ['workflow_type']],
  ['workflow_failed', 'Workflow runs failed.', ['workflow_type']],
  ['workflow_canceled', 'Workflow runs cancelled.', ['workflow_type']],
  ['workflow_continue_as_new', 'Workflow runs continued as new.', ['workflow_type']],
  ['workflow_task_queue_poll_empty', 'Polls for workflow tasks that brought none.'],
  ['workflow_task_queue_poll_succeed', 'Polls for workflow tasks that brought one.'],
  [
    'workflow_task_execution_failed',
    'Workflow tasks that failed.',
    ['workflow_type', 'failure_reason'],
  ],
  ['activity_poll_no_task', 'Polls for activities that brought none.'],
  ['activity_task_received', 'Activities received.', ['activity_type', 'workflow_type']],
  [
    'activity_execution_failed',
    'Activities that failed.',
    ['activity_type', 'workflow_type', 'failure_reason'],
  ],
  ['local_activity_total', 'Local activities executed.', ['activity_type', 'workflow_type']],
  [
    'local_activity_execution_failed',
    'Local activities that failed.',
    ['activity_type', 'workflow_type', 'failure_reason'],
  ],
  [
    'local_activity_execution_cancelled',
    'Local activities cancelled.',
    ['activity_type', 'workflow_type'],
  ],
  ['worker_start', 'Workers started.'],
  ['sticky_cache_hit', 'Workflow tasks of runs that were in memory.', ['workflow_type']],
  ['sticky_cache_miss', 'Workflow tasks of runs that had to be fetched whole.'],
  ['sticky_cache_total_forced_eviction', 'Runs that left memory for others.'],
  ['request', 'Calls of the server.', [], call],
  ['request_failure', 'Calls of the server that failed.', ['status_code'], call],
  ['long_request', 'Long polls.', [], call],
  ['long_request_failure', 'Long polls that failed.', ['status_code'], call],
]

const gauges: readonly Row[] = [
  ['num_pollers', 'Pollers at work.', ['poller_type']],
  ['worker_task_slots_available', 'Free slots.', ['worker_type']],
  ['worker_task_slots_used', 'Slots in use.', ['worker_type']],
  ['sticky_cache_size', 'Runs in memory.'],
]

const histograms: readonly Row[] = [
  ['workflow_task_schedule_to_start_latency', 'Wait of workflow tasks for a worker.'],
  ['workflow_task_execution_latency', 'Execution of workflow tasks.', ['workflow_type']],
  ['workflow_task_replay_latency', 'Replay of workflow tasks.', ['workflow_type']],
  ['activity_schedule_to_start_latency', 'Wait of activities for a worker.'],
  ['activity_execution_latency', 'Execution of activities.', ['activity_type', 'workflow_type']],
  [
    'activity_succeed_endtoend_latency',
    'Activities that succeeded, from their schedule to their end.',
    ['activity_type', 'workflow_type'],
  ],
  [
    'local_activity_execution_latency',
    'Execution of local activities.',
    ['activity_type', 'workflow_type'],
  ],
  [
    'local_activity_succeed_endtoend_latency',
    'Local activities that succeeded, from their schedule to their end.',
    ['activity_type', 'workflow_type'],
  ],
  ['request_latency', 'Calls of the server.', [], call],
  ['long_request_latency', 'Long polls.', [], call],
]

function familyOf([name, help, extra = [], own = base]: Row, kind: Family['kind']): Family {
  const suffix = kind === 'counter' ? '_total' : kind === 'histogram' ? '_seconds' : ''
  const exported = `temporal_${name}${suffix}`
  return {
    name: exported,
    kind,
    ...(kind === 'histogram' && {
      unit: 'seconds' as const,
      buckets: name.startsWith('workflow_task') ? medium : short,
    }),
    help: `${help} As Temporal's SDK counts it.`,
    labels: {
      ...Object.fromEntries([...own, ...extra].map((label) => [label, labels[label]])),
      ...(own === call && { namespace: namespaceOfCall }),
    },
    example:
      kind === 'gauge' ? exported : `rate(${exported}${kind === 'histogram' ? '_sum' : ''}[5m])`,
    stability: 'experimental',
    when: 'monitoring.temporal_sdk',
  }
}

/**
 * What Temporal's SDK counts of its workers. Left out: `workflow_endtoend_latency`, which the SDK also records for
 * refused closes and for queries of closed runs, and what belongs to features that the engine does not use.
 */
export const sdkFamilies: readonly Family[] = [
  ...counters.map((row) => familyOf(row, 'counter')),
  ...gauges.map((row) => familyOf(row, 'gauge')),
  ...histograms.map((row) => familyOf(row, 'histogram')),
]
