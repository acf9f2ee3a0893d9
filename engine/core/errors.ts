/**
 * The closed list of error codes of Compozy itself. Codes are stable: clients and scripts match on
 * them. HTTP statuses are in `infra/server/problem.ts`, exit codes in `cli/exit.ts`.
 */
export const errorCodes = [
  'usage_invalid', // a command line that can't be parsed
  'config_invalid', // a flag, variable or key of compozy.yaml has a value that is not allowed
  'project_invalid', // YAML of a project that does not load
  'input_invalid', // input that does not fit a workflow's schema, or a request that does not fit the API's
  'metric_invalid', // a metric's definition in code that breaks a rule or differs from an earlier one
  'unauthorized', // missing or wrong API token
  'forbidden', // a change by a web page of another origin, a foreign Host, or a token without the scope
  'method_not_allowed', // the path exists, but not with this method
  'not_found', // no such workflow, execution, schedule or route
  'conflict', // the state forbids this: closed run, reused idempotency key
  'payload_too_large', // request body or definition over its limit
  'unsupported_media_type', // a body that is not JSON
  'limit_reached', // a limit is reached: pending signals of a run, requests of a client, open streams
  'port_in_use', // the address to listen on is taken
  'binary_unavailable', // a required program (Temporal, Deno) can't be found or fetched
  'package_missing', // an npm package that the library needs is not installed
  'temporal_unavailable', // the Temporal server can't be reached
  'temporal_timeout', // the Temporal server did not answer in time
  'temporal_failed', // the Temporal server answered with an error
  'run_failed', // a run that `compozy run` waited for did not complete
  'unavailable', // this process is starting or stopping
  'internal', // a defect of Compozy
] as const

/** One of the closed codes of {@link errorCodes}. */
export type ErrorCode = (typeof errorCodes)[number]

/** One violation inside a refused value: its JSON pointer and the problem. */
export interface Violation {
  readonly pointer: string
  readonly message: string
}

/**
 * The error class of the engine. `message` is for the user and complete in itself; `cause` keeps
 * the underlying error for the log and is never shown to an API client.
 *
 * @example throw new CompozyError('not_found', 'no workflow "ordr"; the nearest is "order"')
 */
export class CompozyError extends Error {
  override readonly name = 'CompozyError'
  readonly code: ErrorCode
  /** Violations of a schema, if a value was checked against one. */
  readonly violations: readonly Violation[]

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; violations?: readonly Violation[] } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.violations = options.violations ?? []
  }

  /** Wraps anything thrown in a CompozyError with `code`; a CompozyError passes through. */
  static from(thrown: unknown, code: ErrorCode = 'internal'): CompozyError {
    if (thrown instanceof CompozyError) return thrown
    return new CompozyError(code, thrown instanceof Error ? thrown.message : String(thrown), {
      cause: thrown,
    })
  }
}

/** Reports whether a call to Temporal failed, was canceled or had no answer in time. */
export function isTemporalFailure(error: unknown): error is CompozyError {
  return error instanceof CompozyError && error.code.startsWith('temporal_')
}
