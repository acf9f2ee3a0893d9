import type { Family } from '../catalogue.ts'
import { sdkFamilies } from '../catalogue/temporal-sdk.ts'
import { boundFor, humanSeconds, present, ratioAbove, working } from './promql.ts'
import type { RuleGroup, RuleOptions } from './rule.ts'

const scheduleToStart = sdkFamilies.find(
  ({ name }) => name === 'temporal_workflow_task_schedule_to_start_latency_seconds',
) as Family

const queue = 'job, namespace, task_queue'

/** Adds the type of the worker whose slots a poller fills; sticky ones fill those of workflows. */
function withWorkerType(pollers: string): string {
  const named = (vector: string, worker: string, poller: string): string =>
    `label_replace(${vector}, "worker_type", "${worker}", "poller_type", "${poller}")`
  return named(
    named(pollers, 'ActivityWorker', 'activity_task'),
    'WorkflowWorker',
    '(sticky_)?workflow_task',
  )
}

/** The SDK's view of the workers. Needs `monitoring.temporal_sdk`; otherwise these are silent. */
export function temporalSdkRules(options: RuleOptions): readonly RuleGroup[] {
  const late = boundFor(scheduleToStart, 5, options)
  return [
    {
      name: 'compozy-temporal-sdk',
      rules: [
        {
          alert: 'TemporalPollersDisconnected',
          // A worker whose slots are all taken does not poll.
          expr: `sum by (${queue}, poller_type) (
  ${withWorkerType(`sum by (${queue}, poller_type) ${working('temporal_num_pollers')} == 0`)}
  unless on (${queue}, worker_type) sum by (${queue}, worker_type) ${working('temporal_worker_task_slots_available')} == 0
)`,
          for: '5m',
          severity: 'page',
          summary: 'Nobody polls {{ $labels.task_queue }} for {{ $labels.poller_type }}',
          description:
            'The workers of {{ $labels.task_queue }} have had no {{ $labels.poller_type }} poller for 5 minutes, although they have free slots. They run and cannot reach Temporal.',
        },
        {
          alert: 'TemporalScheduleToStartHigh',
          expr: `${ratioAbove(scheduleToStart.name, late, { by: queue, window: '5m' })} > 0.01`,
          for: '5m',
          severity: 'ticket',
          summary: `{{ $value | humanizePercentage }} of the workflow tasks wait longer than ${humanSeconds(late)}`,
          description: `For 5 minutes, more than 1 % of the workflow tasks of {{ $labels.task_queue }} have waited longer than ${humanSeconds(late)} for a worker.`,
        },
        {
          alert: 'TemporalSlotsExhausted',
          expr: `min by (${queue}, worker_type) ${present('temporal_worker_task_slots_available')} == 0`,
          for: '2m',
          severity: 'ticket',
          summary:
            'A worker of {{ $labels.task_queue }} has no free slot ({{ $labels.worker_type }})',
          description:
            'For 2 minutes, a worker has run as many tasks as it is allowed to. New tasks wait in the queue.',
        },
      ],
    },
  ]
}
