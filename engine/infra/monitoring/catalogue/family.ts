/** Values of a label: a closed set that the compiler knows, or texts that are bounded by something named here. */
export type Label =
  | { readonly values: readonly string[]; readonly doc: string }
  | {
      readonly bound: string
      readonly doc: string
      /** Values are held against the project's own names before they are recorded, so no limit must fold them. */
      readonly checked?: true
      /** What is counted may have no such thing; the value is empty then. */
      readonly optional?: true
    }

/** When a family is exported, where that is not always: a setting, or what it takes to know its values. */
export type Condition =
  | 'monitoring.process'
  | 'monitoring.temporal_sdk'
  | 'custom metrics are declared'
  | 'the project has tools'
  | 'the Temporal server answers'

/** One metric family: everything that is known of it before the process starts. */
export interface Family {
  /** As exported. */
  readonly name: string
  readonly kind: 'counter' | 'gauge' | 'histogram'
  /** Base unit, where there is one. */
  readonly unit?: 'seconds' | 'bytes' | 'ratio'
  readonly help: string
  readonly labels: Readonly<Record<string, Label>>
  /** Upper bounds of a histogram, rising, without +Inf. */
  readonly buckets?: readonly number[]
  /** Query that shows what the family is for. */
  readonly example: string
  /** `required` by the PRD and never changed; `stable` until a major version; `experimental` may change. */
  readonly stability: 'required' | 'stable' | 'experimental'
  /** Absent: it is always exported. */
  readonly when?: Condition
  /** Why a name is kept although it breaks a naming rule. */
  readonly waiver?: string
}

/** The label sets of a family, typed: a missing or misspelt label does not compile. */
export type LabelsOf<F extends Family> = {
  readonly [K in keyof F['labels']]: F['labels'][K] extends { values: readonly (infer V)[] }
    ? V
    : string
}

/** A value outside every known set: of an open label past its bound, or of a name the project does not have. */
export const otherLabel = 'other'

/** Label of every family that tells workflows apart. */
export const workflowType = {
  bound: 'workflows',
  checked: true,
  doc: "id of the workflow in YAML; a type that the project doesn't have is other",
} as const satisfies Label
