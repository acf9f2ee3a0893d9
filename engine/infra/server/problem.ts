import { STATUS_CODES } from 'node:http'
import { CompozyError, type ErrorCode, type Violation } from '../../core/errors.ts'
import { bytesText } from '../../core/limits.ts'
import { shortenWords } from '../../core/quote.ts'

/** HTTP status of each error code; decided here only. */
export const statusByCode: Readonly<Record<ErrorCode, number>> = {
  usage_invalid: 400,
  config_invalid: 500,
  project_invalid: 500,
  input_invalid: 400,
  metric_invalid: 500,
  unauthorized: 401,
  forbidden: 403,
  method_not_allowed: 405,
  not_found: 404,
  conflict: 409,
  payload_too_large: 413,
  unsupported_media_type: 415,
  limit_reached: 429,
  port_in_use: 500,
  binary_unavailable: 500,
  package_missing: 500,
  temporal_unavailable: 503,
  temporal_timeout: 504,
  temporal_failed: 502,
  run_failed: 500,
  unavailable: 503,
  internal: 500,
}

/** An error as an API client sees it (RFC 9457). `code` is stable; `detail` is text for people. */
export interface Problem {
  readonly type: 'about:blank'
  readonly title: string
  readonly status: number
  readonly code: ErrorCode
  readonly detail: string
  readonly request_id: string
  readonly violations?: readonly Violation[]
}

/** Content type of every error. */
export const problemType = 'application/problem+json; charset=utf-8'

/** Our codes and words for Fastify's own errors. */
const byFastifyCode: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'unsupported_media_type',
    'the body must be JSON; send content-type: application/json',
  ],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [
    'input_invalid',
    'the body is not as long as content-length says; send the right length, or chunks',
  ],
  FST_ERR_BAD_URL: [
    'input_invalid',
    'the path has a "%" that begins no UTF-8 character; write a percent sign as %25',
  ],
  FST_ERR_MAX_PARAM_LENGTH: [
    'input_invalid',
    'a part of the path is longer than 1,000 characters; no id or name is that long',
  ],
}

/**
 * Converts anything thrown while a request is handled; unknown errors become `internal`.
 * `bodyLimit` is that of the request's route, in bytes.
 */
export function toError(thrown: unknown, bodyLimit: number): CompozyError {
  if (thrown instanceof CompozyError || !(thrown instanceof Error)) return CompozyError.from(thrown)
  const { code: fastifyCode, statusCode } = thrown as { code?: string; statusCode?: number }
  if (fastifyCode === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    const words = `the body is larger than ${bytesText(bodyLimit)}; send less, or raise server.body_limit`
    return new CompozyError('payload_too_large', words, { cause: thrown })
  }
  const known = byFastifyCode[fastifyCode ?? '']
  if (known !== undefined) return new CompozyError(...known, { cause: thrown })
  const refused = statusCode !== undefined && statusCode >= 400 && statusCode < 500
  return CompozyError.from(thrown, refused ? 'input_invalid' : 'internal')
}

/** Statuses beside 400 with which HTTP itself refuses a request: all are `input_invalid`. */
export const protocolStatuses = [408, 417, 431] as const

/** A status with which HTTP itself refuses a request. */
export type ProtocolStatus = 400 | (typeof protocolStatuses)[number]

/** Returns the problem of a request that is refused with a status of HTTP's own. */
export function protocolProblem(
  status: ProtocolStatus,
  detail: string,
  requestId: string,
): Problem {
  return {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    code: 'input_invalid',
    detail,
    request_id: requestId,
  }
}

/** Characters of a detail, and bytes of all violations: a problem stays below 64 kB. */
const maximumDetail = 4_000
const maximumViolationBytes = 40_000

/** Returns as many violations as fit; a last one counts the rest. */
function fitViolations(violations: readonly Violation[]): readonly Violation[] {
  let bytes = 0
  const end = violations.findIndex((violation) => {
    bytes += Buffer.byteLength(JSON.stringify(violation))
    return bytes > maximumViolationBytes
  })
  if (end === -1) return violations
  const rest = { pointer: '', message: `has ${violations.length - end} other violations` }
  return [...violations.slice(0, end), rest]
}

/** Returns the problem document of an error. The cause of an internal error stays in the log. */
export function toProblem(error: CompozyError, requestId: string): Problem {
  const status = statusByCode[error.code]
  const isInternal = error.code === 'internal'
  const text = isInternal
    ? `internal error; see the log for request ${requestId}`
    : shortenWords(error.message)
  const problem: Problem = {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    code: error.code,
    detail: text.length > maximumDetail ? `${text.slice(0, maximumDetail).toWellFormed()}…` : text,
    request_id: requestId,
  }
  return error.violations.length > 0
    ? { ...problem, violations: fitViolations(error.violations) }
    : problem
}
