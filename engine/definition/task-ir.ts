import type { CustomMetricType } from '../core/observation.ts'
import type { ConditionIr, TemplateIr, TreeIr } from '../template/ir.ts'

/** Retries of a task, settled at load: every key filled in. Durations in ms. */
export interface RetryIr {
  readonly maximum_attempts: number
  readonly initial_interval: number
  readonly backoff_coefficient: number
  readonly maximum_interval: number
  readonly non_retryable_error_types: readonly string[]
}

/** One edge out of a task. */
export interface EdgeIr {
  readonly next?: string
  readonly with?: TreeIr
}

/** A metric declared in YAML on a task or a workflow. */
export interface MetricIr {
  /** As exported, with prefix, unit and `_total`. */
  readonly name: string
  readonly type: CustomMetricType
  readonly on: 'success' | 'error' | 'any'
  readonly value?: TreeIr
  readonly when?: ConditionIr
  readonly labels: readonly {
    readonly name: string
    readonly value: TreeIr
    readonly allowed: readonly string[]
  }[]
}

/**
 * What every task has, compiled. YAML's own key names are kept, so that the page and the code read
 * alike.
 */
export interface CommonTaskIr {
  readonly id: string
  /** Set where the id is a template (children of a collection); then `id` is its source text. */
  readonly id_template?: TemplateIr
  readonly place: string
  readonly condition?: ConditionIr
  readonly with?: TreeIr
  readonly outputs?: TreeIr
  readonly env?: TreeIr
  /** Milliseconds. For basic tasks always set (its own, the tool's, or runtime.tool_timeout). */
  readonly timeout?: number
  readonly retry?: RetryIr
  /** Milliseconds. */
  readonly sleep?: number
  readonly on_success?: EdgeIr
  readonly on_error?: EdgeIr
  readonly final?: boolean
  readonly metrics?: readonly MetricIr[]
}

/** Name of a task kind, one of those in `kinds/index.ts`; `task_type` in metrics. */
export type TaskType = string

/** A compiled task of any kind; the file of its kind narrows it to its own fields. */
export interface TaskIr extends CommonTaskIr {
  readonly type: TaskType
  /** The kind's own fields under their YAML keys. */
  readonly [field: string]: unknown
}
