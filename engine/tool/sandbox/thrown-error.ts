// Types only: both the tool sandbox and the engine read this file.

/**
 * What a tool threw, as the tool sandbox describes it. A hostile tool can write such a line itself:
 * its texts are the tool's own.
 */
export interface ThrownError {
  readonly name: string
  readonly message: string
  readonly stack: string
  /** Characters cut from the message. */
  readonly cut: number
  /** Deno refused it for want of a permission. */
  readonly denied: boolean
  /** Deno could not find, read or parse a module. */
  readonly imported: boolean
  /** A system error's code, such as ECONNREFUSED. */
  readonly code: string
  readonly cause: ThrownError | null
  /** What an AggregateError holds. */
  readonly errors: readonly ThrownError[]
}
