import { families } from '../catalogue.ts'
import { time } from './pace.ts'
import {
  boundFor,
  humanSeconds,
  observationRate,
  present,
  ratioAbove,
  rise,
  select,
} from './promql.ts'
import type { RecordingRule, RuleGroup, RuleOptions } from './rule.ts'

const api = 'path=~"/api/.*"'
const requests = select(families.httpRequests.name, api)
const errors = select(families.httpRequests.name, api, 'status_code=~"5.."')

const ratioIn = (window: string): string => `job:compozy_api_errors:ratio_rate${window}`
const errorsIn = (window: string): string => `job:compozy_api_errors:increase${window}`

const errorRatio = (window: string): RecordingRule => ({
  record: ratioIn(window),
  expr: `sum by (job) ${rise(errors, window)}
/ sum by (job) ${rise(requests, window)}`,
})

const errorCount = (window: string): RecordingRule => ({
  record: errorsIn(window),
  expr: `sum by (job) ${rise(errors, window)}`,
})

/**
 * The service level of the API: 99.9 % of the requests below /api/ are answered without a 5xx.
 * Scrapes, probes and documentation do not count. A burn rate of 14.4 spends 2 % of a month's
 * budget in an hour, one of 6 spends 5 % in six hours. The short window ends an alert soon after
 * its cause. Fewer than 5 errors never alert.
 */
export function httpRules(options: RuleOptions): readonly RuleGroup[] {
  const slow = boundFor(families.httpDuration, 1, options)
  return [
    {
      name: 'compozy-http-recording',
      rules: [...['5m', '30m', '1h', '6h'].map(errorRatio), ...['1h', '6h'].map(errorCount)],
    },
    {
      name: 'compozy-http',
      rules: [
        {
          alert: 'CompozyApiErrorBudgetFastBurn',
          expr: `${select(ratioIn('5m'))} > 14.4 * 0.001
and ${select(ratioIn('1h'))} > 14.4 * 0.001
and ${select(errorsIn('1h'))} >= 5`,
          severity: 'page',
          summary: 'The API answers {{ $value | humanizePercentage }} of its requests with a 5xx',
          description:
            'At this rate, over the last hour and still over the last 5 minutes, the error budget of a month (0.1 %) lasts two days.',
        },
        {
          alert: 'CompozyApiErrorBudgetSlowBurn',
          expr: `${select(ratioIn('30m'))} > 6 * 0.001
and ${select(ratioIn('6h'))} > 6 * 0.001
and ${select(errorsIn('6h'))} >= 5`,
          severity: 'ticket',
          summary:
            'The API has answered {{ $value | humanizePercentage }} of its requests with a 5xx',
          description:
            'At this rate, over six hours and still over the last 30 minutes, the error budget of a month (0.1 %) lasts five days.',
        },
        {
          alert: 'CompozyApiLatencyHigh',
          expr: `${ratioAbove(families.httpDuration.name, slow, { by: 'job, path', window: '5m', matchers: [api] })} > 0.05
and on (job, path) ${observationRate(families.httpDuration.name, { by: 'job, path', window: '5m', matchers: [api] })} > 0.1`,
          for: '10m',
          severity: 'ticket',
          summary: `{{ $value | humanizePercentage }} of the requests to {{ $labels.path }} take longer than ${humanSeconds(slow)}`,
          description: `For 10 minutes, more than 5 % of the requests to {{ $labels.path }} have taken longer than ${humanSeconds(slow)}.`,
        },
        {
          alert: 'CompozyRequestsHanging',
          expr: `${present(families.httpOldestRequestAge.name)} > ${time(300)}`,
          for: '5m',
          severity: 'ticket',
          summary: 'A request hangs in {{ $labels.instance }}',
          description:
            'The oldest request in flight in {{ $labels.instance }} is {{ $value | humanizeDuration }} old. Long-lived requests do not count.',
        },
        {
          alert: 'CompozyUnmatchedSurge',
          expr: `sum by (job) (rate(${select(families.httpRequests.name, 'path="unmatched"')}[5m]))
  / sum by (job) (rate(${select(families.httpRequests.name)}[5m])) > 0.5
and on (job) sum by (job) (rate(${select(families.httpRequests.name, 'path="unmatched"')}[5m])) > 1`,
          for: '10m',
          severity: 'ticket',
          summary: '{{ $value | humanizePercentage }} of all requests match no route',
          description:
            'For 10 minutes, more than half of the requests have asked for paths that do not exist. Somebody scans, or a client or proxy uses a wrong base path.',
        },
      ],
    },
  ]
}
