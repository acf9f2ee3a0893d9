import { families } from '../catalogue.ts'
import { time } from './pace.ts'
import { draining, lastKnown, present, presentWorking, rise, select, working } from './promql.ts'
import type { RuleGroup } from './rule.ts'

const running = families.workersRunning.name
const configured = families.workersConfigured.name
const toolCalls = families.toolCalls.name
const reachable = present(families.reachable.name)
const wasUnreachable = `min_over_time(${select(families.reachable.name)}[15m]) == 0`
/** What failed in an outage still stands in the window when Temporal is back. */
const unanswered = (matcher: string): string =>
  `(${rise(select(families.reconcileErrors.name, matcher), '15m')} unless on (job, instance) ${wasUnreachable})`

const calls = rise(select(toolCalls), '15m')
const callsEnded = (outcomes: string): string =>
  `sum by (job, tool, outcome) ${rise(select(toolCalls, `outcome=~"${outcomes}"`), '15m')}`
const failedCalls = `sum by (job, tool) ${rise(select(toolCalls, 'outcome="error"'), '15m')}`

/** Whether Temporal answers, who does the work, what waits for it, and the tools it calls. */
export const workerRules: readonly RuleGroup[] = [
  {
    name: 'compozy-workers',
    rules: [
      {
        alert: 'CompozyTemporalUnreachable',
        expr: `${reachable} == 0`,
        for: '2m',
        severity: 'page',
        summary: 'Temporal does not answer {{ $labels.instance }}',
        description:
          'Health checks from {{ $labels.instance }} to Temporal have failed for 2 minutes. No run starts or continues there.',
      },
      {
        // An idle poll succeeds every minute. Where Temporal is unreachable, that alert pages.
        alert: 'CompozyWorkersNotPolling',
        expr: `${present(families.pollAge.name)} > ${time(120)}
unless on (job, instance) (${draining} or ${reachable} == 0)`,
        for: '30s',
        severity: 'page',
        summary: '{{ $labels.instance }} does not poll for {{ $labels.poller_type }} tasks',
        description:
          'The last successful {{ $labels.poller_type }} poll of {{ $labels.instance }} was {{ $value | humanizeDuration }} ago, although Temporal answers.',
      },
      {
        alert: 'CompozyWorkersMissing',
        expr: `sum by (job) ${presentWorking(running)}
< sum by (job) ${presentWorking(configured)}`,
        for: '5m',
        severity: 'page',
        summary: '{{ $value }} Temporal workers run, fewer than configured',
        description:
          'For 5 minutes, fewer workers have run than are configured. A dead worker is recreated with backoff; one that stays away cannot start.',
      },
      {
        alert: 'CompozyNoWorkers',
        expr: `sum by (job) ${working(running, '3m')} == 0`,
        for: '2m',
        severity: 'page',
        summary: 'No Temporal worker runs',
        description:
          'No process of the job {{ $labels.job }} has had a running worker for 2 minutes. Runs are accepted and none continues.',
      },
      {
        alert: 'CompozyTaskQueueBacklog',
        expr: `${lastKnown(`max by (job, task_queue_type) (${select(families.taskQueueBacklogAge.name)})`)} > ${time(60)}`,
        for: '5m',
        severity: 'page',
        summary: 'Tasks wait {{ $value | humanizeDuration }} for a worker',
        description:
          'For 5 minutes, the oldest {{ $labels.task_queue_type }} task in the queue has waited longer than a minute. There are too few workers, or too few slots in them.',
      },
      {
        alert: 'CompozyServerUnanswered',
        // The fleet shares its queries, but each process has its heartbeats: up to 270 a window.
        // A short outage that no scrape of a process shows is over: failures must go on.
        expr: `(
  sum by (job, source) ${unanswered('source!="fleet"')} > 3
  or max by (job, source) (sum by (job, instance, source) ${unanswered('source="fleet"')}) > 10
)
and on (job, source) sum by (job, source) ${rise(select(families.reconcileErrors.name), '5m')} > 0`,
        for: '10m',
        severity: 'ticket',
        summary: 'Temporal does not answer queries for {{ $labels.source }}',
        description:
          '{{ $value | humanize }} queries failed in 15 minutes although Temporal is reachable. What only Temporal knows (open, stuck and timed-out runs, backlog) is outdated or absent.',
      },
      {
        // ok and error are answers of the tool itself; the others are not. A few of many calls may
        // crash or time out; what is denied or does not fit the schema is wrong at any rate.
        alert: 'CompozyToolBroken',
        expr: `${callsEnded('denied|invalid_output')} >= 3
or ${callsEnded('crashed|timeout')} >= 3
  and ${callsEnded('crashed|timeout')} / on (job, tool) group_left () sum by (job, tool) ${calls} > 0.01`,
        severity: 'ticket',
        summary: 'The tool {{ $labels.tool }} does not work: {{ $labels.outcome }}',
        description:
          '{{ $value | humanize }} calls of {{ $labels.tool }} ended as {{ $labels.outcome }} in 15 minutes.',
      },
      {
        alert: 'CompozyToolErrorRatio',
        expr: `${failedCalls} / sum by (job, tool) ${calls} > 0.5
and on (job, tool) ${failedCalls} >= 5`,
        for: '5m',
        severity: 'ticket',
        summary:
          '{{ $value | humanizePercentage }} of the calls of {{ $labels.tool }} end in an error',
        description:
          'In 15 minutes, more than half and at least five of the calls of {{ $labels.tool }} ended in an error that the tool threw. A dependency of the tool is probably down.',
      },
    ],
  },
]
