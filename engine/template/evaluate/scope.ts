import type { JsonValue } from '../../core/json.ts'
import type { ActivationBudget } from './budget.ts'

/** What templates do. A run keeps the rules of the interpreter's revision that began it. */
export interface TemplateRules {
  /** Text that holds a number which a double would change gives the nearest one. */
  readonly roundsText: boolean
  /** Arithmetic beyond 2^53 gives the nearest double. */
  readonly roundsLarge: boolean
  /** `get` gives "" for a key whose value is null. */
  readonly hidesNull: boolean
}

/** The rules of new runs. */
export const currentRules: TemplateRules = {
  roundsText: false,
  roundsLarge: false,
  hidesNull: false,
}

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
  /** Absent: {@link currentRules}. */
  readonly rules?: TemplateRules
  /** The budget that this evaluation shares with the others of its activation. */
  readonly activation?: ActivationBudget | undefined
}
