/** Values of a label: a closed set that the compiler knows, or texts that are bounded by something named here. */
export type Label =
  | { readonly values: readonly string[]; readonly doc: string }
  | { readonly bound: string; readonly doc: string }

/** One metric family: everything that is known of it before the process starts. */
export interface Family {
  /** As exported. */
  readonly name: string
  readonly kind: 'counter' | 'gauge' | 'histogram'
  /** Base unit, where there is one. */
  readonly unit?: 'seconds' | 'bytes'
  readonly help: string
  readonly labels: Readonly<Record<string, Label>>
  /** Upper bounds of a histogram, rising, without +Inf. */
  readonly buckets?: readonly number[]
  /** Query that shows what the family is for. */
  readonly example: string
  /** Why a name is kept although it breaks a naming rule. */
  readonly waiver?: string
}

/** The label sets of a family, typed: a missing or misspelt label does not compile. */
export type LabelsOf<F extends Family> = {
  readonly [K in keyof F['labels']]: F['labels'][K] extends { values: readonly (infer V)[] } ? V : string
}

/** Methods that are counted by their name; every other one is `OTHER`. */
export const httpMethods = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'CONNECT',
  'OTHER',
] as const

const method = { values: httpMethods, doc: 'HTTP method; whatever HTTP does not define is OTHER' } as const
const path = {
  bound: 'routes',
  doc: 'template of the route, /api/v0/workflows/:workflow_id; unmatched where there is none',
} as const
const workflowType = {
  bound: 'workflows',
  doc: "id of the workflow in YAML; a type that the project doesn't have is other",
} as const
const gaugeName = 'a gauge by the name that the requirement gives it; new gauges never end in _total'

/**
 * Every family once. Instruments and their types, docs/reference/metrics.md, the example in the OpenAPI document and
 * the tests of a live scrape all derive from here. The first eleven are the PRD's appendix: names, kinds and labels
 * never change.
 */
export const families = {
  httpRequests: {
    name: 'compozy_http_requests_total',
    kind: 'counter',
    help: 'HTTP requests, each counted once when it has ended, whatever ended it (499: the client left).',
    labels: {
      method,
      path,
      status_code: {
        bound: 'status codes of HTTP',
        doc: 'status of the reply; 499 where the client left before its end',
      },
    },
    example: 'sum by (path) (rate(compozy_http_requests_total{status_code=~"5.."}[5m]))',
  },
  httpDuration: {
    name: 'compozy_http_request_duration_seconds',
    kind: 'histogram',
    unit: 'seconds',
    help: 'Time from the arrival of an HTTP request to the end of its reply.',
    labels: { method, path },
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    example:
      'histogram_quantile(0.95, sum by (path, le) (rate(compozy_http_request_duration_seconds_bucket[5m])))',
  },
  httpInFlight: {
    name: 'compozy_http_requests_in_flight',
    kind: 'gauge',
    help: 'HTTP requests that are being answered now; the scrape itself is one of them.',
    labels: {},
    example: 'max_over_time(compozy_http_requests_in_flight[5m])',
  },
  workflowStarted: {
    name: 'compozy_temporal_workflow_started_total',
    kind: 'counter',
    help: 'Workflow runs that a worker has taken up, each once.',
    labels: { workflow_type: workflowType },
    example: 'sum by (workflow_type) (rate(compozy_temporal_workflow_started_total[5m]))',
  },
  workflowCompleted: {
    name: 'compozy_temporal_workflow_completed_total',
    kind: 'counter',
    help: 'Workflow runs that completed, counted when the server has accepted it.',
    labels: { workflow_type: workflowType },
    example: 'sum by (workflow_type) (increase(compozy_temporal_workflow_completed_total[1h]))',
  },
  workflowFailed: {
    name: 'compozy_temporal_workflow_failed_total',
    kind: 'counter',
    help: 'Workflow runs that failed, counted when the server has accepted it. Cancelled runs are not among them.',
    labels: { workflow_type: workflowType },
    example: 'sum by (workflow_type) (increase(compozy_temporal_workflow_failed_total[1h]))',
  },
  workflowDuration: {
    name: 'compozy_temporal_workflow_duration_seconds',
    kind: 'histogram',
    unit: 'seconds',
    help: 'Time from the start of a workflow run to its close: completed, failed or cancelled.',
    labels: { workflow_type: workflowType },
    // As Temporal's own: from a tenth of a second to a day.
    buckets: [0.1, 0.5, 1, 1.5, 2, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 30_600, 86_400],
    example:
      'histogram_quantile(0.95, sum by (workflow_type, le) (rate(compozy_temporal_workflow_duration_seconds_bucket[1h])))',
  },
  workersRunning: {
    name: 'compozy_temporal_workers_running_total',
    kind: 'gauge',
    help: 'Temporal workers of this process that poll now.',
    labels: {},
    example: 'compozy_temporal_workers_running_total < compozy_temporal_workers_configured_total',
    waiver: gaugeName,
  },
  workersConfigured: {
    name: 'compozy_temporal_workers_configured_total',
    kind: 'gauge',
    help: 'Temporal workers that this process is configured to run.',
    labels: {},
    example: 'sum by (job) (compozy_temporal_workers_configured_total)',
    waiver: gaugeName,
  },
  buildInfo: {
    name: 'compozy_build_info',
    kind: 'gauge',
    help: 'Always 1; its labels say which build runs. go_version is "none", kept for queries of the Go version.',
    labels: {
      version: { bound: 'one value a process', doc: 'version of the package' },
      commit_hash: {
        bound: 'one value a process',
        doc: 'commit that was built; unknown where git was absent',
      },
      go_version: { values: ['none'], doc: 'none: this is not Go' },
    },
    example: 'count by (version, commit_hash) (compozy_build_info)',
  },
  uptime: {
    name: 'compozy_uptime_seconds_total',
    kind: 'counter',
    unit: 'seconds',
    help: 'Seconds since the process started, by a clock that never runs backwards.',
    labels: {},
    example: 'resets(compozy_uptime_seconds_total[30m])',
  },
} as const satisfies Record<string, Family>

/** The PRD's own bound for a label outside every known set. */
export const otherLabel = 'other'
