import type { JsonValue } from '../core/json.ts'
import type { Path } from '../core/source.ts'
import type { TaskIr } from '../definition/task-ir.ts'
import type { Shapes } from '../schema/shape.ts'

/** How the tasks of one level follow each other. */
export type LevelKind =
  /** By their edges (the workflow's own tasks, a composite). */
  | 'flow'
  /** All at once (parallel). */
  | 'parallel'
  /** One task for itself: a collection's item, a wait's processor, a router's inline task. */
  | 'single'

/** Tasks that stand beside each other and share a name space. */
export interface TaskLevel {
  readonly kind: LevelKind
  readonly path: Path
  /** What the level belongs to, for messages: `the workflow`, `composite "ship"`. */
  readonly named: string
  readonly nodes: readonly TaskNode[]
}

/** An edge out of a task to a sibling, as written. */
export interface Edge {
  readonly target: string
  readonly path: Path
  /** Taken after a failure: the target sees `.error`. */
  readonly onError: boolean
}

/** A compiled task with what only the loader needs to know of it. */
export interface TaskNode {
  readonly ir: TaskIr
  readonly path: Path
  /** The task as written. */
  readonly raw: Readonly<Record<string, JsonValue>>
  readonly fields: Shapes
  readonly edges: readonly Edge[]
  /** Nested levels by the field that holds them. */
  readonly levels: readonly { readonly field: string; readonly level: TaskLevel }[]
}
