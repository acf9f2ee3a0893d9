import { STATUS_CODES } from 'node:http'
import { CompozyError, type ErrorCode, type Violation } from '../../core/errors.ts'

/** The only place that decides which HTTP status an error code has. */
export const statusByCode: Readonly<Record<ErrorCode, number>> = {
  usage_invalid: 400,
  config_invalid: 500,
  project_invalid: 500,
  input_invalid: 400,
  metric_invalid: 500,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  payload_too_large: 413,
  unsupported_media_type: 415,
  limit_reached: 429,
  port_in_use: 500,
  binary_unavailable: 500,
  temporal_unavailable: 503,
  temporal_timeout: 504,
  temporal_failed: 502,
  run_failed: 500,
  unavailable: 503,
  internal: 500,
}

/** An error as an API client sees it (RFC 9457). `code` is stable; `detail` is for people. */
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

/** Codes that Fastify gives to its own refusals, as ours. */
const byFastifyCode: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'payload_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_INVALID_JSON_BODY: 'input_invalid',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'input_invalid',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'input_invalid',
  FST_ERR_BAD_URL: 'input_invalid',
  FST_ERR_MAX_PARAM_LENGTH: 'input_invalid',
}

/** Anything thrown on the way to an answer. What is not ours and no refusal of Fastify's is a defect of ours. */
export function toError(thrown: unknown): CompozyError {
  if (thrown instanceof CompozyError || !(thrown instanceof Error)) return CompozyError.from(thrown)
  const { code: foreign, statusCode } = thrown as { code?: string; statusCode?: number }
  const code = byFastifyCode[foreign ?? '']
  if (code === 'unsupported_media_type') {
    return new CompozyError(code, 'the body must be JSON: send content-type: application/json', {
      cause: thrown,
    })
  }
  if (code !== undefined) return new CompozyError(code, thrown.message, { cause: thrown })
  const refused = statusCode !== undefined && statusCode >= 400 && statusCode < 500
  return CompozyError.from(thrown, refused ? 'input_invalid' : 'internal')
}

/** The problem document of an error. What is behind an internal error stays in the log. */
export function toProblem(error: CompozyError, requestId: string): Problem {
  const status = statusByCode[error.code]
  const hidden = error.code === 'internal'
  return {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    code: error.code,
    detail: hidden
      ? `something went wrong inside; the log knows more about request ${requestId}`
      : error.message,
    request_id: requestId,
    ...(error.violations.length > 0 && { violations: error.violations }),
  }
}
