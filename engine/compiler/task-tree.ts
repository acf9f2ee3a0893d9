import type { JsonValue } from '../core/json.ts'
import type { Path } from '../core/source.ts'
import type { MetricIr, TaskIr } from '../definition/task-ir.ts'
import type { TaskKind } from '../kinds/kind.ts'
import type { TaskOrder } from '../schema/field.ts'
import type { Shapes } from '../schema/shape.ts'

/** How the tasks of one level follow each other; `alone`: one inline task. */
export type LevelOrder = TaskOrder | 'alone'

/** Tasks that stand beside each other and share a name space. */
export interface TaskLevel {
  readonly order: LevelOrder
  readonly path: Path
  /** What the level belongs to, for messages: `the workflow`, `composite "ship"`. */
  readonly named: string
  readonly nodes: readonly TaskNode[]
  /** Ids of tasks of an unknown type. What they lead to is not known, so less can be checked. */
  readonly skipped: ReadonlySet<string>
}

/** An edge out of a task to a sibling, as written. */
export interface Edge {
  readonly target: string
  readonly path: Path
  /** Taken after a failure: the target sees `.error`. */
  readonly onError: boolean
}

/** Tasks below a task, and the field that holds them. */
export interface NestedLevel {
  readonly field: string
  readonly level: TaskLevel
}

/** A metric that runs record, and where it is written. Those that tools record are not there. */
export interface PlacedMetric {
  readonly ir: MetricIr
  readonly path: Path
}

/** A compiled task with what only the loader needs to know of it. */
export interface TaskNode {
  readonly ir: TaskIr
  readonly kind: TaskKind
  readonly path: Path
  /** The task as written. */
  readonly raw: Readonly<Record<string, JsonValue>>
  readonly fields: Shapes
  readonly edges: readonly Edge[]
  readonly levels: readonly NestedLevel[]
  readonly metrics: readonly PlacedMetric[]
}
