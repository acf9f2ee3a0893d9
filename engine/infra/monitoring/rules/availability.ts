import { families } from '../catalogue.ts'
import { time } from './pace.ts'
import { processStaleness, select } from './promql.ts'
import type { RuleGroup } from './rule.ts'

/** From the first scrape in each process that serves the API alone; one route is cheap. */
const apiSeries = select(families.httpRequests.name, 'method="GET"', 'path="/api/v0/workflows"')
const servedIn = (window: string): string =>
  `count by (job) (last_over_time(${apiSeries}[${window}]))`

const up = select('up')
/** Targets that have answered a scrape lately, so that a failed one does not reset an alert. */
const answeredIn = (window: string): string => `max_over_time(${up}[${window}]) == 1`

/** Whether the processes are there, can be scraped, and run one build. */
export const availabilityRules: readonly RuleGroup[] = [
  {
    name: 'compozy-availability',
    rules: [
      {
        alert: 'CompozyDown',
        expr: 'up{job="compozy"} == 0',
        for: '2m',
        severity: 'page',
        summary: '{{ $labels.instance }} cannot be scraped',
        description:
          'Prometheus has had no valid answer from {{ $labels.instance }} for 2 minutes. The process is gone, unreachable, or answers its metrics with an error.',
      },
      {
        alert: 'CompozyAbsent',
        expr: 'absent(up{job="compozy"})',
        for: '5m',
        severity: 'page',
        summary: 'Prometheus has no target of the job compozy',
        description:
          'No target has been discovered for 5 minutes. Nothing is scraped, and no other alert of Compozy can fire.',
      },
      {
        // Pods that are scaled to 0 or cannot start are no targets. Where no other process is left,
        // CompozyDown or CompozyAbsent pages: a process counts until CompozyDown pages for it.
        alert: 'CompozyApiAbsent',
        expr: `${servedIn('1d')}
unless on (job) ${servedIn('3m')}
and on (job) count by (job) (${up} == 1 or ${answeredIn('2m')})`,
        for: '2m',
        severity: 'page',
        summary: 'No process serves the API',
        description:
          'Processes of the job {{ $labels.job }} run, and none has served the API for 5 minutes, although one did within a day. Nobody can start or look at runs.',
      },
      {
        alert: 'CompozyMetricsBlind',
        expr: `${answeredIn(processStaleness)}
unless on (job, instance) last_over_time(${select(families.buildInfo.name)}[${processStaleness}])`,
        for: '5m',
        severity: 'ticket',
        summary: '{{ $labels.instance }} answers scrapes without metrics of Compozy',
        description:
          'The scrape of {{ $labels.instance }} succeeds without compozy_build_info. The path or port belongs to something else, or relabeling drops the series.',
      },
      {
        // A process that restarts faster than it is scraped shows no reset: it just never gets old.
        // It must have been there all the time: one that comes back after a while is young too.
        alert: 'CompozyCrashLooping',
        expr: `resets(compozy_uptime_seconds_total{job="compozy"}[30m]) > 3
or (
  max_over_time(compozy_uptime_seconds_total{job="compozy"}[5m]) < ${time(300)}
  and max_over_time(compozy_uptime_seconds_total{job="compozy"}[5m] offset 5m) < ${time(300)}
  and max_over_time(compozy_uptime_seconds_total{job="compozy"}[5m] offset 10m) < ${time(300)}
  and last_over_time(compozy_uptime_seconds_total{job="compozy"}[5m] offset 15m)
)`,
        severity: 'page',
        summary: '{{ $labels.instance }} keeps restarting',
        description:
          '{{ $labels.instance }} has restarted more than 3 times in 30 minutes, or has not stayed up for 5 minutes in the last 15.',
      },
      {
        alert: 'CompozyVersionSkew',
        expr: 'count by (job) (count by (job, version, commit_hash) (last_over_time(compozy_build_info{job="compozy"}[5m]))) > 1',
        for: '1h',
        severity: 'ticket',
        summary: '{{ $value }} builds of Compozy run side by side',
        description:
          'Processes of the job {{ $labels.job }} have run {{ $value }} different builds for an hour. A deployment has stopped halfway.',
      },
    ],
  },
]
