import type { Family } from './family.ts'

/** Places in which monitoring works inside somebody else's work. */
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

/** What monitoring tells of itself. */
export const selfFamilies = {
  scrapes: {
    name: 'compozy_metrics_scrapes_total',
    kind: 'counter',
    help: 'Scrapes that were answered before this one.',
    labels: { code: { values: ['200', '401', '500', '503'], doc: 'status of the answer' } },
    example: 'increase(compozy_metrics_scrapes_total{code!="200"}[15m]) > 0',
    stability: 'stable',
  },
  scrapeDuration: {
    name: 'compozy_metrics_scrape_duration_seconds',
    kind: 'histogram',
    unit: 'seconds',
    help: 'Time to answer a scrape: collecting, writing and packing.',
    labels: {},
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
    example:
      'histogram_quantile(0.99, sum by (le) (rate(compozy_metrics_scrape_duration_seconds_bucket[15m])))',
    stability: 'stable',
  },
  series: {
    name: 'compozy_metrics_series',
    kind: 'gauge',
    help: 'Series of the collection before this one, each bucket counted.',
    labels: {},
    example: 'max_over_time(compozy_metrics_series[1d])',
    stability: 'stable',
  },
  collectErrors: {
    name: 'compozy_metrics_collect_errors_total',
    kind: 'counter',
    help: 'Collections in which a family could not be read.',
    labels: {
      collector: {
        bound: 'families',
        checked: true,
        doc: 'the family; meter: an instrument of the OpenTelemetry Meter',
      },
    },
    example: 'increase(compozy_metrics_collect_errors_total[15m]) > 0',
    stability: 'stable',
  },
  droppedSeries: {
    name: 'compozy_metrics_dropped_series_total',
    kind: 'counter',
    help: 'Label sets that came after a family was full and were recorded as other; sums stay right.',
    labels: { metric: { bound: 'families', checked: true, doc: 'the family' } },
    example: 'sum by (metric) (increase(compozy_metrics_dropped_series_total[1h])) > 0',
    stability: 'stable',
  },
  errors: {
    name: 'compozy_metrics_errors_total',
    kind: 'counter',
    help: 'Failures of monitoring itself that were kept from the request or workflow in which they happened.',
    labels: { place: { values: guardedPlaces, doc: 'where' } },
    example: 'increase(compozy_metrics_errors_total[15m]) > 0',
    stability: 'stable',
  },
  sdkLostBatches: {
    name: 'compozy_metrics_temporal_sdk_lost_batches_total',
    kind: 'counter',
    help: "Batches of events of Temporal's SDK that were lost because its buffer was full.",
    labels: {},
    example: 'increase(compozy_metrics_temporal_sdk_lost_batches_total[15m]) > 0',
    stability: 'stable',
    when: 'monitoring.temporal_sdk',
  },
  customErrors: {
    name: 'compozy_metrics_custom_errors_total',
    kind: 'counter',
    help: 'Values of metrics declared in YAML that could not be computed; such a value is left out.',
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
