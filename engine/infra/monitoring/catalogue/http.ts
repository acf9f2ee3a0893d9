import type { Family } from './family.ts'

/** HTTP methods counted by name; every other one is `OTHER`. */
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

/** Why Node refuses a connection before a request exists. */
export const clientErrors = [
  'bad_request',
  'invalid_method',
  'header_too_large',
  'timeout',
  'reset',
  'too_many_connections',
  'other',
] as const

const method = {
  values: httpMethods,
  doc: 'HTTP method; `OTHER` for methods that HTTP does not define',
} as const
const path = {
  bound: 'routes',
  doc: 'route template, such as `/api/v0/workflows/:workflow_id`; `unmatched` where no route matches',
} as const

/** The three core HTTP families. */
export const coreHttp = {
  httpRequests: {
    name: 'compozy_http_requests_total',
    kind: 'counter',
    help: 'Total HTTP requests handled.',
    detail:
      'Each request is counted once, when it ends, whatever ends it. Series of the API routes exist at 0 from the first scrape.',
    labels: {
      method,
      path,
      status_code: {
        bound: 'status codes of HTTP',
        doc: 'status of the reply; `499` when the client closed the connection first',
      },
    },
    example: 'sum by (path) (rate(compozy_http_requests_total{status_code=~"5.."}[5m]))',
    stability: 'core',
  },
  httpDuration: {
    name: 'compozy_http_request_duration_seconds',
    kind: 'histogram',
    unit: 'seconds',
    help: 'HTTP request duration in seconds.',
    detail:
      'From the arrival of the request to the end of the reply. Long-lived routes (event streams, long polls) are not observed.',
    labels: { method, path },
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    example:
      'histogram_quantile(0.95, sum by (path, le) (rate(compozy_http_request_duration_seconds_bucket[5m])))',
    stability: 'core',
  },
  httpInFlight: {
    name: 'compozy_http_requests_in_flight',
    kind: 'gauge',
    help: 'Current HTTP requests in flight.',
    detail: 'With long-lived requests. The scrape itself is one of them.',
    labels: {},
    example: 'max_over_time(compozy_http_requests_in_flight[5m])',
    stability: 'core',
  },
} as const satisfies Record<string, Family>

/** HTTP families beyond the core. */
export const extraHttp = {
  httpLongLivedInFlight: {
    name: 'compozy_http_long_lived_requests_in_flight',
    kind: 'gauge',
    help: 'Current long-lived HTTP requests in flight.',
    detail:
      'Event streams and long polls, which hold their connection on purpose. They are part of `compozy_http_requests_in_flight`.',
    labels: {},
    example: 'sum(compozy_http_long_lived_requests_in_flight)',
    stability: 'stable',
  },
  httpOldestRequestAge: {
    name: 'compozy_http_oldest_request_age_seconds',
    kind: 'gauge',
    unit: 'seconds',
    help: 'Age of the oldest HTTP request in flight in seconds.',
    detail:
      'Without long-lived requests; 0 when none is in flight. Resolution 1 s. It stops at 4.5 h.',
    labels: {},
    example: 'max_over_time(compozy_http_oldest_request_age_seconds[5m]) > 60',
    stability: 'stable',
  },
  httpClientErrors: {
    name: 'compozy_http_client_errors_total',
    kind: 'counter',
    help: 'Total connections refused before a request existed.',
    detail: 'None of them appears in `compozy_http_requests_total`.',
    labels: {
      reason: {
        values: clientErrors,
        doc: 'reason of the refusal; `reset`: the peer disconnected before it sent a request; `too_many_connections`: the server allows no more at a time',
      },
    },
    example: 'sum by (reason) (rate(compozy_http_client_errors_total[5m]))',
    stability: 'stable',
  },
} as const satisfies Record<string, Family>
