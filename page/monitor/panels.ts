/** How the values of a panel are written. */
export type Unit = 'seconds' | 'per_second' | 'count' | 'share'

/** A chart of the monitor page: one line a series of each query. */
export interface Panel {
  readonly title: string
  readonly unit: Unit
  readonly queries: readonly {
    /** `{label}` is filled in from the series. */
    readonly legend: string
    readonly query: string
  }[]
}

const route = 'path!~"/metrics|/healthz|/readyz|/page/.*"'

/** The charts, in the order of the page. The build compiles their PromQL. */
export const panels: readonly Panel[] = [
  {
    title: 'HTTP requests',
    unit: 'per_second',
    queries: [
      {
        legend: '{status_code}',
        query: `sum by (status_code) (rate(compozy_http_requests_total{${route}}[1m]))`,
      },
    ],
  },
  {
    title: 'HTTP errors (5xx)',
    unit: 'share',
    queries: [
      {
        legend: 'of all requests',
        query: `sum(rate(compozy_http_requests_total{${route}, status_code=~"5.."}[1m])) / sum(rate(compozy_http_requests_total{${route}}[1m]))`,
      },
    ],
  },
  {
    title: 'HTTP latency',
    unit: 'seconds',
    queries: [0.5, 0.95, 0.99].map((quantile) => ({
      legend: `p${quantile * 100}`,
      query: `histogram_quantile(${quantile}, sum by (le) (rate(compozy_http_request_duration_seconds_bucket{${route}}[5m])))`,
    })),
  },
  {
    title: 'HTTP in flight',
    unit: 'count',
    queries: [{ legend: 'requests', query: 'sum(compozy_http_requests_in_flight)' }],
  },
  {
    title: 'Runs started',
    unit: 'per_second',
    queries: [
      {
        legend: '{workflow_type}',
        query: 'sum by (workflow_type) (rate(compozy_temporal_workflow_started_total[1m]))',
      },
    ],
  },
  {
    title: 'Runs ended',
    unit: 'per_second',
    queries: [
      {
        legend: 'completed {workflow_type}',
        query: 'sum by (workflow_type) (rate(compozy_temporal_workflow_completed_total[1m])) > 0',
      },
      {
        legend: 'failed {workflow_type}',
        query: 'sum by (workflow_type) (rate(compozy_temporal_workflow_failed_total[1m])) > 0',
      },
    ],
  },
  {
    title: 'Stuck runs',
    unit: 'count',
    queries: [
      {
        legend: '{workflow_type}',
        query: 'max by (workflow_type) (compozy_temporal_workflow_stuck) > 0',
      },
    ],
  },
  {
    title: 'Backlog',
    unit: 'count',
    queries: [
      {
        legend: '{task_queue_type}',
        query: 'max by (task_queue_type) (compozy_temporal_task_queue_backlog)',
      },
    ],
  },
  {
    title: 'Tool calls',
    unit: 'per_second',
    queries: [
      {
        legend: '{tool} {outcome}',
        query: 'sum by (tool, outcome) (rate(compozy_tool_calls_total[1m])) > 0',
      },
    ],
  },
  {
    title: 'Scrape duration (mean)',
    unit: 'seconds',
    queries: [
      {
        legend: 'a scrape',
        query:
          'rate(compozy_metrics_scrape_duration_seconds_sum[5m]) / rate(compozy_metrics_scrape_duration_seconds_count[5m])',
      },
    ],
  },
]
