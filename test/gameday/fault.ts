import type { Field } from './field.ts'

/** Something that goes wrong, or looks so, and what an operator must hear of it. */
export interface Fault {
  readonly name: string
  /** Alerts that must fire; none: everything stays silent. */
  readonly expects: readonly string[]
  /** True consequences: alerts that may fire too. */
  readonly alsoTrue?: readonly string[]
  /** How long the fault lasts at least, seconds of the shipped rules. */
  readonly lastsSeconds: number
  /** Why this machine cannot run it. */
  cannotRun?(field: Field): string | undefined
  begin(field: Field): Promise<void>
  end(field: Field): Promise<void>
}
