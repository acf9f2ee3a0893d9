/** Values of a label: a closed set, or texts bounded by something that `bound` names. */
export type Label =
  | { readonly values: readonly string[]; readonly doc: string }
  | {
      readonly bound: string
      readonly doc: string
      /** Values are checked against the project's own names, so no limit applies to them. */
      readonly checked?: true
      /** The value is empty where it does not apply. */
      readonly optional?: true
    }

/** When a family is exported, if not always. */
export type Condition =
  | 'monitoring.process'
  | 'monitoring.temporal_sdk'
  | 'custom metrics are declared'
  | 'the project has tools'
  | 'a tool was called'
  | 'a run has started'
  | 'Temporal answers'

/** One metric family: everything known about it before the process starts. */
export interface Family {
  /** `compozy_…`; an application exports it with its own prefix instead. */
  readonly name: string
  readonly kind: 'counter' | 'gauge' | 'histogram'
  /** Base unit, if any. */
  readonly unit?: 'seconds' | 'bytes' | 'ratio'
  /** One short noun phrase: the HELP line. */
  readonly help: string
  /** What the HELP line leaves out: for docs/reference/metrics.md alone. */
  readonly detail?: string
  readonly labels: Readonly<Record<string, Label>>
  /** Upper bounds of a histogram, rising, without +Inf. */
  readonly buckets?: readonly number[]
  /** A query that shows the purpose of the family. */
  readonly example: string
  /** `core` never changes; `stable` until a major version; `experimental` may change. */
  readonly stability: 'core' | 'stable' | 'experimental'
  /** Absent: always exported. */
  readonly when?: Condition
  /** Why the name stays although it breaks a naming rule. */
  readonly waiver?: string
}

/** The label set of a family, typed: a missing or misspelled label does not compile. */
export type LabelsOf<F extends Family> = {
  readonly [K in keyof F['labels']]: F['labels'][K] extends { values: readonly (infer V)[] }
    ? V
    : string
}

/** The value for everything outside a known set: past a limit, or not a name of the project. */
export const otherLabel = 'other'

/** The label that names the workflow. */
export const workflowType = {
  bound: 'workflows',
  checked: true,
  doc: 'ID of the workflow in YAML; `other` for a type that the project does not have',
} as const satisfies Label
