/**
 * Every way in which Compozy itself can refuse or fail, as closed codes. A code is stable: clients and scripts may
 * match on it. Its HTTP status is decided in one place (`infra/server/problem.ts`), its exit code in `cli/exit.ts`.
 */
export const errorCodes = [
  'usage_invalid', // a command line that can't be understood
  'config_invalid', // a flag, variable or key of compozy.yaml with a value that is not allowed
  'project_invalid', // YAML of a project that does not load
  'input_invalid', // input that does not fit a workflow's schema, or a request that does not fit the API's
  'metric_invalid', // a metric's definition in code that breaks a rule or differs from an earlier one
  'unauthorized', // missing or wrong API token
  'forbidden', // a request that a web page of another origin made
  'not_found', // no such workflow, execution, schedule or route
  'conflict', // the thing exists but its state forbids this: closed run, reused idempotency key
  'payload_too_large', // request body or definition over its limit
  'unsupported_media_type', // a body that is not JSON
  'limit_reached', // a bounded buffer is full, for example a run's pending signals
  'port_in_use', // the address to listen on is taken
  'binary_unavailable', // a program that is needed (Temporal, Deno) can't be found or fetched
  'temporal_unavailable', // the Temporal server can't be reached
  'temporal_timeout', // the Temporal server did not answer in time
  'temporal_failed', // the Temporal server answered with an error
  'run_failed', // a run that `compozy run` waited for did not complete
  'unavailable', // this process is starting or stopping
  'internal', // a defect of Compozy's own
] as const

/** One of the closed codes of {@link errorCodes}. */
export type ErrorCode = (typeof errorCodes)[number]

/** One violation inside a refused value: where (JSON pointer) and what. */
export interface Violation {
  readonly pointer: string
  readonly message: string
}

/**
 * The one error class of the engine. `message` is for the user and complete in itself; `cause` keeps the foreign
 * error for the log and is never shown to an API client.
 *
 * @example throw new CompozyError('not_found', 'no workflow "ordr"; the nearest is "order"')
 */
export class CompozyError extends Error {
  override readonly name = 'CompozyError'
  readonly code: ErrorCode
  /** Single violations, where a value was checked against a schema. */
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

  /** Wraps anything thrown: a CompozyError passes through, the rest becomes `code` (default `internal`). */
  static from(thrown: unknown, code: ErrorCode = 'internal'): CompozyError {
    if (thrown instanceof CompozyError) return thrown
    return new CompozyError(code, thrown instanceof Error ? thrown.message : String(thrown), {
      cause: thrown,
    })
  }
}
