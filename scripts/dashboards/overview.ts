import type { DashboardSpec } from './dashboard.ts'
import type { PanelSpec } from './panel.ts'
import { bucketsOf, quantileOf } from './quantile.ts'
import { process as on } from './matchers.ts'

const api = `${on}, path=~"/api/.*"`

/** Part of the API's requests that end in a status; 0 where there is none, instead of nothing. */
const part = (status: string) =>
  `(sum(rate(compozy_http_requests_total{${api}, status_code=~"${status}"}[$__rate_interval])) or vector(0)) / sum(rate(compozy_http_requests_total{${api}}[$__rate_interval]))`
const quantile = (q: number) =>
  quantileOf(q, { of: 'compozy_http_request_duration_seconds', matchers: api })

const now: readonly PanelSpec[] = [
  {
    kind: 'stat',
    title: 'Processes up',
    about: 'Targets of the job that answer their scrapes.',
    width: 3,
    limits: { bad: 1, low: true },
    runbooks: ['CompozyDown'],
    queries: [{ expr: `sum(up{${on}})` }],
  },
  {
    kind: 'stat',
    title: 'Alerts firing',
    about: 'Of the shipped rules, now.',
    width: 3,
    limits: { bad: 1 },
    queries: [{ expr: 'count(ALERTS{alertstate="firing", job=~"$job"}) or vector(0)' }],
  },
  {
    kind: 'stat',
    title: 'API requests',
    about: 'Requests below /api/ in a second.',
    unit: 'reqps',
    width: 3,
    queries: [{ expr: `sum(rate(compozy_http_requests_total{${api}}[$__rate_interval]))` }],
  },
  {
    kind: 'stat',
    title: 'API errors',
    about: 'Part of the requests below /api/ that are answered with a 5xx. The objective is 0.1 %.',
    unit: 'percentunit',
    width: 3,
    limits: { warn: 0.001, bad: 0.0144 },
    runbooks: ['CompozyApiErrorBudgetFastBurn', 'CompozyApiErrorBudgetSlowBurn'],
    queries: [{ expr: part('5..') }],
  },
  {
    kind: 'stat',
    title: 'Workers',
    about: 'Temporal workers that poll now, of those configured.',
    width: 3,
    limits: { bad: 1, low: true },
    runbooks: ['CompozyWorkersMissing', 'CompozyNoWorkers'],
    queries: [{ expr: `sum(compozy_temporal_workers_running_total{${on}})`, legend: 'running' }],
  },
  {
    kind: 'stat',
    title: 'Open runs',
    about:
      'Executions that the Temporal server lists as running. The same in every process, hence a maximum.',
    width: 3,
    queries: [
      {
        expr: 'sum(max by (job, workflow_type) (compozy_temporal_workflow_executions{job=~"$job", workflow_type=~"$workflow_type", status="running"}))',
      },
    ],
  },
  {
    kind: 'stat',
    title: 'Stuck runs',
    about: 'Open runs whose next step keeps failing: they neither go on nor fail.',
    width: 3,
    limits: { bad: 1 },
    runbooks: ['CompozyWorkflowStuck'],
    queries: [
      {
        expr: 'sum(max by (job, workflow_type) (compozy_temporal_workflow_stuck{job=~"$job", workflow_type=~"$workflow_type"}))',
      },
    ],
  },
  {
    kind: 'stat',
    title: 'Youngest process',
    about: 'Time since the last start of any process.',
    unit: 's',
    width: 3,
    runbooks: ['CompozyCrashLooping'],
    queries: [{ expr: `min(compozy_uptime_seconds_total{${on}})` }],
  },
]

const http: readonly PanelSpec[] = [
  {
    kind: 'timeseries',
    title: 'Requests by route',
    about: 'Every request once, whatever ended it. What matches no route is unmatched.',
    unit: 'reqps',
    width: 8,
    stacked: true,
    runbooks: ['CompozyUnmatchedSurge'],
    queries: [
      {
        expr: `sum by (method, path) (rate(compozy_http_requests_total{${on}}[$__rate_interval]))`,
        legend: '{{method}} {{path}}',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'API errors',
    about:
      "Parts of the API's requests: 5xx is Compozy's fault, 4xx the caller's, 499 a caller that left.",
    unit: 'percentunit',
    width: 8,
    limits: { bad: 0.0144 },
    runbooks: ['CompozyApiErrorBudgetFastBurn'],
    queries: [
      { expr: part('5..'), legend: '5xx' },
      { expr: part('4([0-8].|9[0-8])'), legend: '4xx' },
      { expr: part('499'), legend: '499' },
    ],
  },
  {
    kind: 'timeseries',
    title: 'API latency',
    about:
      'Quantiles over all routes below /api/, from the arrival of a request to the end of its reply.',
    unit: 's',
    width: 8,
    limits: { bad: 1 },
    runbooks: ['CompozyApiLatencyHigh'],
    queries: [
      { expr: quantile(0.5), legend: 'p50' },
      { expr: quantile(0.95), legend: 'p95' },
      { expr: quantile(0.99), legend: 'p99' },
    ],
  },
  {
    kind: 'heatmap',
    title: 'API latency, all requests',
    about: 'How many requests took how long: what quantiles hide.',
    unit: 's',
    width: 8,
    queries: [
      {
        expr: bucketsOf({ of: 'compozy_http_request_duration_seconds', matchers: api }),
        legend: '{{le}}',
      },
    ],
  },
  {
    kind: 'table',
    title: 'Slowest routes',
    about: 'p95 over the time range, the ten slowest.',
    unit: 's',
    width: 8,
    runbooks: ['CompozyApiLatencyHigh'],
    queries: [
      {
        expr: `topk(10, ${quantileOf(0.95, { of: 'compozy_http_request_duration_seconds', matchers: api, by: ['path', 'method'], window: '$__range' })})`,
        legend: 'p95',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'In flight, and refused before they were requests',
    about:
      'Requests that are being answered, the scrape among them; connections a second that were no HTTP.',
    width: 8,
    runbooks: ['CompozyRequestsHanging'],
    queries: [
      {
        expr: `sum by (instance) (compozy_http_requests_in_flight{${on}})`,
        legend: 'in flight {{instance}}',
      },
      {
        expr: `sum(rate(compozy_http_client_errors_total{${on}}[$__rate_interval]))`,
        legend: 'refused a second',
      },
    ],
  },
]

const workflows: readonly PanelSpec[] = [
  {
    kind: 'timeseries',
    title: 'Runs',
    about: 'Runs that started and ended a second, as the workers count them.',
    unit: 'ops',
    width: 8,
    queries: [
      {
        expr: `sum(rate(compozy_temporal_workflow_started_total{${on}, workflow_type=~"$workflow_type"}[$__rate_interval]))`,
        legend: 'started',
      },
      {
        expr: `sum by (outcome) (rate(compozy_temporal_workflow_closed_total{${on}, workflow_type=~"$workflow_type"}[$__rate_interval]))`,
        legend: '{{outcome}}',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Failed runs by workflow',
    about: 'Runs that failed in the last 15 minutes. Canceled ones are not failures.',
    width: 8,
    runbooks: ['CompozyWorkflowFailureRatio'],
    queries: [
      {
        expr: `sum by (workflow_type) (increase(compozy_temporal_workflow_failed_total{${on}, workflow_type=~"$workflow_type"}[15m]))`,
        legend: '{{workflow_type}}',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Workers and what waits for them',
    about: 'Workers that should run and do; tasks in the queue, as the server estimates them.',
    width: 8,
    runbooks: ['CompozyWorkersMissing', 'CompozyTaskQueueBacklog'],
    queries: [
      { expr: `sum(compozy_temporal_workers_configured_total{${on}})`, legend: 'configured' },
      { expr: `sum(compozy_temporal_workers_running_total{${on}})`, legend: 'running' },
      {
        expr: 'sum by (task_queue_type) (max by (job, task_queue_type) (compozy_temporal_task_queue_backlog{job=~"$job"}))',
        legend: 'waiting: {{task_queue_type}}',
      },
    ],
  },
]

const versions: readonly PanelSpec[] = [
  {
    kind: 'table',
    title: 'Builds',
    about: 'Which build runs where, and on which Node.js.',
    width: 12,
    runbooks: ['CompozyVersionSkew'],
    queries: [
      { expr: `max by (instance, version, commit_hash) (compozy_build_info{${on}})` },
      { expr: `max by (instance, node_version) (compozy_runtime_info{${on}})` },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Scrapes',
    about: 'Time that Prometheus waited, and that the process needed (p99).',
    unit: 's',
    width: 6,
    limits: { bad: 5 },
    runbooks: ['CompozyScrapeSlow'],
    queries: [
      { expr: `max by (instance) (scrape_duration_seconds{${on}})`, legend: '{{instance}}' },
      {
        expr: quantileOf(0.99, {
          of: 'compozy_metrics_scrape_duration_seconds',
          matchers: on,
          window: '15m',
        }),
        legend: 'in the process, p99',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Series, and failures of monitoring',
    about: 'Series of each process; failures that monitoring kept to itself, in 15 minutes.',
    width: 6,
    runbooks: ['CompozySeriesGrowth', 'CompozyMetricsErrors', 'CompozyCollectErrors'],
    queries: [
      { expr: `max by (instance) (compozy_metrics_series{${on}})`, legend: 'series {{instance}}' },
      { expr: `sum(increase(compozy_metrics_errors_total{${on}}[15m]))`, legend: 'failures' },
      {
        expr: `sum(increase(compozy_metrics_collect_errors_total{${on}}[15m]))`,
        legend: 'families unread',
      },
      {
        expr: `sum(increase(compozy_metrics_dropped_series_total{${on}}[15m]))`,
        legend: 'label sets collapsed',
      },
    ],
  },
]

/** Is it well? Requests, workflows, workers, builds. */
export const overview: DashboardSpec = {
  uid: 'compozy-overview',
  title: 'Compozy: overview',
  about: 'Requests, workflows, workers and builds of every process of the job.',
  rows: [
    { title: 'Now', panels: now },
    { title: 'HTTP', panels: http },
    { title: 'Workflows', panels: workflows },
    { title: 'Builds and telemetry', panels: versions },
  ],
}
