import { families } from '../catalogue.ts'
import {
  boundFor,
  boundsOf,
  humanSeconds,
  lastKnownByWorkflow,
  observations,
  observationsAbove,
  rise,
  select,
  stillExported,
} from './promql.ts'
import { longInterval, type RuleGroup, type RuleOptions } from './rule.ts'

const failed = select(families.workflowFailed.name)
const completed = select(families.workflowCompleted.name)
const started = select(families.workflowStarted.name)
const closed = select(families.workflowClosed.name)
const serverClosed = select(families.workflowServerClosed.name)
const timedOut = select(families.workflowServerClosed.name, 'outcome="timed_out"')
const taskFailures = select(families.workflowTaskFailures.name, 'reason="nondeterminism"')

const byWorkflow = (vector: string): string => `sum by (job, workflow_type) ${vector}`

/** Recorded: runs that failed and that ended in 15 minutes. */
const recordedFailed = 'job_workflow_type:compozy_workflow_failed:increase15m'
const recordedEnded = 'job_workflow_type:compozy_workflow_ended:increase15m'

/** Failures and completions together, under a label that keeps them apart. */
const ended = `sum by (job, workflow_type) (
  label_replace(${select(recordedFailed)}, "outcome", "failed", "", "")
  or label_replace(${byWorkflow(rise(completed, '15m'))}, "outcome", "completed", "", "")
)`

const onlyFailures = (window: string): string =>
  `(${byWorkflow(rise(failed, window))} >= 3 unless on (job, workflow_type) ${byWorkflow(rise(completed, window))} > 0)`

/** Recorded: runs that closed in an hour, and the slow ones among them. */
const recordedClosed = 'job_workflow_type:compozy_workflow_closed_runs:increase1h'
const recordedSlow = 'job_workflow_type:compozy_workflow_slow_runs:increase1h'
const [closedRuns, slowRuns] = [select(recordedClosed), select(recordedSlow)]

/** How runs end, and whether they end. */
export function workflowRules(options: RuleOptions): readonly RuleGroup[] {
  const duration = families.workflowDuration
  const slow = boundFor(duration, 600, options)
  const largest = boundsOf(duration, options).at(-1) ?? 0
  const lastHour = { by: 'job, workflow_type', window: '1h' }
  return [
    {
      name: 'compozy-workflows-recording',
      rules: [
        {
          record: recordedFailed,
          expr: byWorkflow(rise(failed, '15m')),
        },
        { record: recordedEnded, expr: ended },
        // Not as rates: the first runs of a workflow come with the series, which no rate shows.
        { record: recordedClosed, expr: observations(duration.name, lastHour) },
        {
          record: recordedSlow,
          expr: observationsAbove(duration.name, slow, lastHour, closedRuns),
        },
        {
          record: 'job_workflow_type_status:compozy_temporal_workflow_executions:max',
          expr: `max by (job, workflow_type, status) (${select(families.workflowExecutions.name)})`,
        },
      ],
    },
    {
      name: 'compozy-workflows',
      rules: [
        {
          alert: 'CompozyWorkflowFailureRatio',
          expr: `${select(recordedFailed)} / ${select(recordedEnded)} > 0.1
and ${select(recordedFailed)} >= 3
${stillExported(started)}`,
          for: '5m',
          severity: 'page',
          summary:
            '{{ $value | humanizePercentage }} of the runs of {{ $labels.workflow_type }} fail',
          description:
            'In 15 minutes, more than 10 % and at least three of the runs of {{ $labels.workflow_type }} that ended have failed.',
        },
        {
          // Any close counts: a cancellation and a continuation too, and what Temporal closes.
          alert: 'CompozyWorkflowStalled',
          expr: `${byWorkflow(rise(started, '1h'))} > 5
unless on (job, workflow_type) ${byWorkflow(rise(closed, '1h'))} > 0
unless on (job, workflow_type) ${byWorkflow(rise(serverClosed, '1h'))} > 0
${stillExported(started)}`,
          for: '15m',
          severity: 'page',
          summary: 'Runs of {{ $labels.workflow_type }} start and none ends',
          description:
            '{{ $value | humanize }} runs of {{ $labels.workflow_type }} started in the last hour and none has closed.',
        },
        {
          alert: 'CompozyWorkflowStuck',
          expr: `${lastKnownByWorkflow(families.workflowStuck.name)} > 0`,
          for: '10m',
          severity: 'page',
          summary: '{{ $value }} open runs of {{ $labels.workflow_type }} are stuck',
          description:
            'The workflow task of {{ $value }} runs of {{ $labels.workflow_type }} has kept failing for 10 minutes. The runs neither fail nor continue until the cause is fixed.',
        },
        {
          alert: 'CompozyWorkflowNondeterminism',
          expr: `${byWorkflow(rise(taskFailures, '15m'))} > 0
${stillExported(started)}`,
          severity: 'page',
          summary: 'Runs of {{ $labels.workflow_type }} do not replay to their history',
          description:
            'A worker replayed a run of {{ $labels.workflow_type }} whose history this build does not reproduce. The run waits for a compatible build.',
        },
        {
          alert: 'CompozyWorkflowTimedOut',
          // A run whose workflow no process knows counts as other, which nobody may have started.
          expr: `${byWorkflow(rise(timedOut, '1h'))} >= 1
${stillExported(started, serverClosed)}`,
          severity: 'ticket',
          summary: '{{ $value | humanize }} runs of {{ $labels.workflow_type }} timed out',
          description:
            'Temporal closed {{ $value | humanize }} runs of {{ $labels.workflow_type }} in the last hour because they exceeded their timeout.',
        },
        {
          alert: 'CompozyWorkflowSlow',
          expr: `${slowRuns} / ${closedRuns} > 0.05
and ${slowRuns} >= 3
${stillExported(started)}`,
          for: '30m',
          severity: 'ticket',
          summary: `{{ $value | humanizePercentage }} of the runs of {{ $labels.workflow_type }} take longer than ${humanSeconds(slow)}`,
          description: `For half an hour, more than 5 % and at least three of the runs of {{ $labels.workflow_type }} have taken longer than ${humanSeconds(slow)}. Exclude a workflow that waits for people by a matcher in this rule.`,
        },
        {
          alert: 'CompozyWorkflowDurationBucketsSaturated',
          expr: `${observationsAbove(duration.name, largest, lastHour, closedRuns)} / ${closedRuns} > 0.05
${stillExported(started)}`,
          for: '1h',
          severity: 'ticket',
          summary:
            '{{ $value | humanizePercentage }} of the runs of {{ $labels.workflow_type }} take longer than the largest bucket',
          description: `Quantiles of the duration of {{ $labels.workflow_type }} cannot exceed ${humanSeconds(largest)}. Give the histogram wider buckets.`,
        },
      ],
    },
    {
      name: 'compozy-workflows-long',
      interval: longInterval,
      rules: [
        {
          alert: 'CompozyWorkflowAlwaysFailing',
          // A window of three intervals holds three failures and not the completion before.
          expr: `(${onlyFailures('6h')}
or ${onlyFailures('1d')}
or ${onlyFailures('3d')})
${stillExported(failed)}`,
          for: '5m',
          severity: 'ticket',
          summary: 'Every run of {{ $labels.workflow_type }} fails',
          description:
            'The last {{ $value | humanize }} runs of {{ $labels.workflow_type }} have failed and none has completed, over 6 hours, 1 day or 3 days.',
        },
      ],
    },
  ]
}
