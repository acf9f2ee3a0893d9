import type { JsonValue } from '../../core/json.ts'

/** What a template sees. */
export interface Scope {
  /**
   * Values by root name without the dot (`input`, `tasks`, …). `undefined` or absent is a missing value. Roots may be
   * lazy getters of the object itself: a root is read only when an expression names it.
   */
  readonly roots: Readonly<Record<string, JsonValue | undefined>>
  /** The workflow's time, ms since 1970. */
  readonly now: number
  /** A new UUID (version 4), the same again in a replay. */
  readonly uuid: () => string
}
