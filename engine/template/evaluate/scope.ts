import type { JsonValue } from '../../core/json.ts'
import type { ActivationBudget } from './budget.ts'

/** The values that a template sees. */
export interface Scope {
  /**
   * Values by root name without the dot (`input`, `tasks`, …); an absent or `undefined` root is
   * missing. Roots may be lazy getters: a root is read only when an expression names it.
   */
  readonly roots: Readonly<Record<string, JsonValue | undefined>>
  /** The workflow's time, in milliseconds since 1970. */
  readonly now: number
  /** Returns a new UUID (version 4), the same one in a replay. */
  readonly uuid: () => string
  /**
   * Whether text that holds a number which a double would change gives the nearest one. So it does
   * in runs that began before revision 6.
   */
  readonly roundsText?: boolean
  /** The budget that this evaluation shares with the others of its activation. */
  readonly activation?: ActivationBudget | undefined
}
