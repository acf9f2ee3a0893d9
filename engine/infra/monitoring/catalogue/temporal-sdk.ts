import { defined } from '../../../core/defined.ts'
import { workflowType, type Family, type Label } from './family.ts'

/** Buckets as in the SDK's own exporter, and 5 s for the alert on waiting workflow tasks. */
const short = [0.05, 0.1, 0.5, 1, 2.5, 10]
const medium = [0.001, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5, 10]

const labels = {
  namespace: { bound: 'one value per process', checked: true, doc: 'Temporal namespace' },
  task_queue: { bound: 'one value per process', checked: true, doc: 'task queue of the project' },
  workflow_type: workflowType,
  activity_type: {
    bound: 'tools and activities of the engine',
    doc: 'tool, or an activity of the engine',
  },
  failure_reason: { bound: "the SDK's own reasons", doc: 'reason that the SDK gives' },
  poller_type: { bound: "the SDK's own kinds", doc: 'kind of poller' },
  worker_type: { bound: "the SDK's own kinds", doc: 'kind of task that the slots hold' },
  operation: { bound: 'gRPC methods of Temporal', doc: 'gRPC method' },
  status_code: { bound: 'gRPC status codes', doc: 'gRPC status of the failed call' },
} as const satisfies Record<string, Label>

type LabelName = keyof typeof labels

/** Some calls, such as `GetSystemInfo`, concern no namespace. */
const namespaceOfCall: Label = {
  ...labels.namespace,
  optional: true,
  doc: 'Temporal namespace; empty for calls without one',
}

const base: readonly LabelName[] = ['namespace', 'task_queue']
const call: readonly LabelName[] = ['namespace', 'operation']

/** Name in the SDK, help, and labels beyond the base ones. */
type Row = readonly [
  name: string,
  help: string,
  extra?: readonly LabelName[],
  own?: readonly LabelName[],
]

const counters: readonly Row[] = [
  ['workflow_completed', 'Total workflow runs completed.', ['workflow_type']],
  ['workflow_failed', 'Total workflow runs failed.', ['workflow_type']],
  ['workflow_canceled', 'Total workflow runs canceled.', ['workflow_type']],
  ['workflow_continue_as_new', 'Total workflow runs continued as new.', ['workflow_type']],
  ['workflow_task_queue_poll_empty', 'Total workflow task polls that timed out empty.'],
  ['workflow_task_queue_poll_succeed', 'Total workflow task polls that returned a task.'],
  [
    'workflow_task_execution_failed',
    'Total workflow tasks failed.',
    ['workflow_type', 'failure_reason'],
  ],
  ['activity_poll_no_task', 'Total activity task polls that timed out empty.'],
  ['activity_task_received', 'Total activity tasks received.', ['activity_type', 'workflow_type']],
  [
    'activity_execution_failed',
    'Total activity attempts failed.',
    ['activity_type', 'workflow_type', 'failure_reason'],
  ],
  ['local_activity_total', 'Total local activities executed.', ['activity_type', 'workflow_type']],
  [
    'local_activity_execution_failed',
    'Total local activities failed.',
    ['activity_type', 'workflow_type', 'failure_reason'],
  ],
  [
    'local_activity_execution_cancelled',
    'Total local activities canceled.',
    ['activity_type', 'workflow_type'],
  ],
  ['worker_start', 'Total workers started.'],
  ['sticky_cache_hit', 'Total workflow tasks served from the sticky cache.', ['workflow_type']],
  ['sticky_cache_miss', 'Total workflow tasks that missed the sticky cache.'],
  ['sticky_cache_total_forced_eviction', 'Total forced evictions from the sticky cache.'],
  ['request', 'Total gRPC requests.', [], call],
  ['request_failure', 'Total failed gRPC requests.', ['status_code'], call],
  ['long_request', 'Total long-poll gRPC requests.', [], call],
  ['long_request_failure', 'Total failed long-poll gRPC requests.', ['status_code'], call],
]

const gauges: readonly Row[] = [
  ['num_pollers', 'Current pollers.', ['poller_type']],
  ['worker_task_slots_available', 'Free task slots.', ['worker_type']],
  ['worker_task_slots_used', 'Used task slots.', ['worker_type']],
  ['sticky_cache_size', 'Runs in the sticky cache.'],
]

const histograms: readonly Row[] = [
  [
    'workflow_task_schedule_to_start_latency',
    'Workflow task schedule-to-start latency in seconds.',
  ],
  [
    'workflow_task_execution_latency',
    'Workflow task execution latency in seconds.',
    ['workflow_type'],
  ],
  ['workflow_task_replay_latency', 'Workflow task replay latency in seconds.', ['workflow_type']],
  ['activity_schedule_to_start_latency', 'Activity schedule-to-start latency in seconds.'],
  [
    'activity_execution_latency',
    'Activity execution latency in seconds.',
    ['activity_type', 'workflow_type'],
  ],
  [
    'activity_succeed_endtoend_latency',
    'Activity latency from schedule to success in seconds.',
    ['activity_type', 'workflow_type'],
  ],
  [
    'local_activity_execution_latency',
    'Local activity execution latency in seconds.',
    ['activity_type', 'workflow_type'],
  ],
  [
    'local_activity_succeed_endtoend_latency',
    'Local activity latency from schedule to success in seconds.',
    ['activity_type', 'workflow_type'],
  ],
  ['request_latency', 'gRPC request latency in seconds.', [], call],
  ['long_request_latency', 'Long-poll gRPC request latency in seconds.', [], call],
]

const suffixes = { counter: '_total', histogram: '_seconds', gauge: '' } as const

function familyOf([name, help, extra = [], own = base]: Row, kind: Family['kind']): Family {
  const suffix = suffixes[kind]
  const exported = `temporal_${name}${suffix}`
  const declared = Object.fromEntries([...own, ...extra].map((label) => [label, labels[label]]))
  const isHistogram = kind === 'histogram'
  const buckets = name.startsWith('workflow_task') ? medium : short
  return defined({
    name: exported,
    kind,
    unit: isHistogram ? 'seconds' : undefined,
    buckets: isHistogram ? buckets : undefined,
    help,
    detail:
      own === call
        ? 'Recorded by the Temporal SDK for the process: several engines in one process export the same values.'
        : 'Recorded by the Temporal SDK.',
    labels: own === call ? { ...declared, namespace: namespaceOfCall } : declared,
    example: kind === 'gauge' ? exported : `rate(${exported}${isHistogram ? '_sum' : ''}[5m])`,
    stability: 'experimental',
    when: 'monitoring.temporal_sdk',
  })
}

/**
 * What the Temporal SDK records about its workers. Left out: `workflow_endtoend_latency`, which the
 * SDK also records for rejected closes and for queries of closed runs, and unused features.
 */
export const sdkFamilies: readonly Family[] = [
  ...counters.map((row) => familyOf(row, 'counter')),
  ...gauges.map((row) => familyOf(row, 'gauge')),
  ...histograms.map((row) => familyOf(row, 'histogram')),
]
