import type { Family } from './family.ts'

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

/** Why Node's parser refuses a connection before there is a request. */
export const clientErrors = [
  'bad_request',
  'invalid_method',
  'header_too_large',
  'timeout',
  'reset',
  'other',
] as const

const method = {
  values: httpMethods,
  doc: 'HTTP method; whatever HTTP does not define is OTHER',
} as const
const path = {
  bound: 'routes',
  doc: 'template of the route, /api/v0/workflows/:workflow_id; unmatched where there is none',
} as const

/** The PRD's three HTTP families. */
export const requiredHttp = {
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
    stability: 'required',
  },
  httpDuration: {
    name: 'compozy_http_request_duration_seconds',
    kind: 'histogram',
    unit: 'seconds',
    help: 'Time from the arrival of an HTTP request to the end of its reply; routes that hold the connection on purpose are left out.',
    labels: { method, path },
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    example:
      'histogram_quantile(0.95, sum by (path, le) (rate(compozy_http_request_duration_seconds_bucket[5m])))',
    stability: 'required',
  },
  httpInFlight: {
    name: 'compozy_http_requests_in_flight',
    kind: 'gauge',
    help: 'HTTP requests that are being answered now; the scrape itself is one of them.',
    labels: {},
    example: 'max_over_time(compozy_http_requests_in_flight[5m])',
    stability: 'required',
  },
} as const satisfies Record<string, Family>

/** What no route sees. */
export const moreHttp = {
  httpClientErrors: {
    name: 'compozy_http_client_errors_total',
    kind: 'counter',
    help: 'Connections whose bytes were refused before they became a request; none of them is in compozy_http_requests_total.',
    labels: {
      reason: {
        values: clientErrors,
        doc: 'what was wrong; reset: the peer was gone before its request was',
      },
    },
    example: 'sum by (reason) (rate(compozy_http_client_errors_total[5m]))',
    stability: 'stable',
  },
} as const satisfies Record<string, Family>
