import type { Family } from './family.ts'

/** Places where monitoring runs inside a request or a workflow. */
export const guardedPlaces = [
  'http_request',
  'http_response',
  'http_route',
  'http_client_error',
  'workflow_start',
  'workflow_task',
  'workflow_close',
  'workflow_eviction',
  'workflow_observation',
  'worker_evictions',
  'tool_call',
  'reconcile',
  'temporal_sdk',
  'custom_metric',
  'scrape',
] as const

/** Families about monitoring itself. */
export const selfCatalogue = {
  scrapes: {
    name: 'compozy_metrics_scrapes_total',
    kind: 'counter',
    help: 'Total scrapes answered.',
    detail: 'Without the scrape that reads it.',
    labels: { code: { values: ['200', '401', '500', '503'], doc: 'status of the response' } },
    example: 'increase(compozy_metrics_scrapes_total{code!="200"}[15m]) > 0',
    stability: 'stable',
  },
  scrapeDuration: {
    name: 'compozy_metrics_scrape_duration_seconds',
    kind: 'histogram',
    unit: 'seconds',
    help: 'Scrape duration in seconds.',
    detail: 'Collecting, writing and compressing.',
    labels: {},
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
    example:
      'histogram_quantile(0.99, sum by (le) (rate(compozy_metrics_scrape_duration_seconds_bucket[15m])))',
    stability: 'stable',
  },
  series: {
    name: 'compozy_metrics_series',
    kind: 'gauge',
    help: 'Series in the last scrape.',
    detail: 'Every bucket counts as one series.',
    labels: {},
    example: 'max_over_time(compozy_metrics_series[1d])',
    stability: 'stable',
  },
  collectErrors: {
    name: 'compozy_metrics_collect_errors_total',
    kind: 'counter',
    help: 'Total families that could not be read during a scrape.',
    labels: {
      collector: {
        bound: 'families',
        checked: true,
        doc: 'name of the family; `meter`: an instrument of the OpenTelemetry Meter; `exposition`: the scrape as a whole',
      },
    },
    example: 'increase(compozy_metrics_collect_errors_total[15m]) > 0',
    stability: 'stable',
  },
  droppedSeries: {
    name: 'compozy_metrics_dropped_series_total',
    kind: 'counter',
    help: 'Total label sets recorded as other.',
    detail:
      'A family reached its cardinality limit, and new label sets are recorded under `other`. Sums stay correct.',
    labels: { metric: { bound: 'families', checked: true, doc: 'name of the family' } },
    example: 'sum by (metric) (increase(compozy_metrics_dropped_series_total[1h])) > 0',
    stability: 'stable',
  },
  errors: {
    name: 'compozy_metrics_errors_total',
    kind: 'counter',
    help: 'Total internal monitoring failures.',
    detail:
      'Monitoring failures never affect requests or workflows. `custom_metric` counts values that a custom metric of the library refused.',
    labels: { place: { values: guardedPlaces, doc: 'where it happened' } },
    example: 'increase(compozy_metrics_errors_total[15m]) > 0',
    stability: 'stable',
  },
  sdkLostBatches: {
    name: 'compozy_metrics_temporal_sdk_lost_batches_total',
    kind: 'counter',
    help: 'Total event batches lost by the Temporal SDK.',
    detail: 'The buffer of the SDK was full.',
    labels: {},
    example: 'increase(compozy_metrics_temporal_sdk_lost_batches_total[15m]) > 0',
    stability: 'stable',
    when: 'monitoring.temporal_sdk',
  },
  customErrors: {
    name: 'compozy_metrics_custom_errors_total',
    kind: 'counter',
    help: 'Total values of YAML metrics that could not be computed.',
    detail: 'Such a value is not recorded, nor one that would make a sum infinite.',
    labels: {
      metric: {
        bound: 'metrics declared in YAML',
        checked: true,
        doc: 'exported name of the metric',
      },
    },
    example: 'increase(compozy_metrics_custom_errors_total[1h]) > 0',
    stability: 'stable',
    when: 'custom metrics are declared',
  },
} as const satisfies Record<string, Family>
