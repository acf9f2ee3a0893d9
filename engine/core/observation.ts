/** How a task ends, as `.tasks.<id>.status` and the label `outcome` have it. */
export const taskOutcomes = ['completed', 'failed', 'skipped', 'canceled', 'timed_out'] as const

/** How a call of a tool ends, as the label `outcome` has it. */
export const toolOutcomes = [
  'ok',
  'error',
  'timeout',
  'crashed',
  'denied',
  'invalid_output',
  'aborted',
] as const

/** How a call of a tool ended. `aborted`: its run canceled it, or the runner stopped. */
export type ToolOutcome = (typeof toolOutcomes)[number]

/** How a task ended. */
export type TaskOutcome = (typeof taskOutcomes)[number]

/** Types of a metric that a project declares. */
export const customMetricTypes = ['counter', 'histogram', 'gauge'] as const

/** Type of a metric that a project declares. */
export type CustomMetricType = (typeof customMetricTypes)[number]

/** The limits of runs whose excess counts, as the label `limit` has them. */
export const limitNames = [
  'tool_input',
  'tool_env',
  'tool_output',
  'child_input',
  'payload',
  'result',
  'template',
  'tasks',
  'history',
  'carried_state',
  'kept_signals',
  'other',
] as const

/** A limit of runs: what was refused with `LimitExceeded`. */
export type LimitName = (typeof limitNames)[number]

/** A value of a metric that a project declares, or that it could not be computed. */
export type CustomObservation =
  | {
      readonly type: 'custom_metric'
      readonly name: string
      readonly kind: CustomMetricType
      readonly value: number
      readonly labels: Readonly<Record<string, string>>
    }
  | { readonly type: 'custom_metric_failed'; readonly name: string }

/** A fact that only a run knows, for monitoring. Plain data; a run sends each fact once. */
export type Observation =
  | CustomObservation
  | {
      readonly type: 'task_ended'
      /** Name of the task's kind. */
      readonly taskType: string
      readonly outcome: TaskOutcome
      readonly durationMs: number
    }
  | { readonly type: 'limit_exceeded'; readonly limit: LimitName }

/** Why a line that a tool printed is missing in the log of its run. */
export const logDropReasons = ['call_limit', 'run_limit', 'queue_full', 'disk_error'] as const

/** One of {@link logDropReasons}. */
export type LogDropReason = (typeof logDropReasons)[number]
