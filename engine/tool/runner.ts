import type { ToolObservation } from '../core/custom-metric.ts'
import type { JsonValue } from '../core/json.ts'
import type { LimitName } from '../core/observation.ts'
import type { TaskError } from '../core/task-error.ts'
import type { ToolCheck } from './checks.ts'

/** The second argument of a tool's function, without the abort signal. */
export interface ToolContext {
  readonly exec_id: string
  readonly workflow_id: string
  readonly task_id: string
  readonly attempt: number
  /** Stable per run, task and item: repeated calls carry the same key. */
  readonly idempotency_key: string
}

/** One call of one tool. */
export interface ToolCall {
  readonly tool: ToolModule
  readonly input: JsonValue
  /** The environment of the tool's process, without its secrets. Part of the pool's key. */
  readonly env: Readonly<Record<string, string>>
  readonly context: ToolContext
  readonly timeoutMs: number
  /** How often Temporal has delivered this call, this time included. Default 1. */
  readonly delivery?: number
}

/** A tool of the project, as far as running it needs. */
export interface ToolModule {
  readonly key: string
  readonly id: string
  readonly file: string
  readonly exportName?: string
  readonly sha256: string
  /** Names of environment variables that only this tool's process receives. */
  readonly secrets: readonly string[]
  /** Returns the violations of the tool's input schema. */
  readonly checkInput?: ToolCheck
  /** Returns the violations of the tool's output schema. */
  readonly checkOutput?: ToolCheck
}

/** The result of a call. A failure is a value, not an exception: the run decides what follows. */
export type ToolResult =
  | {
      readonly ok: true
      readonly output: JsonValue
      /**
       * What the tool recorded by `context.metrics`. Absent when nothing; a failure records none.
       */
      readonly observations?: readonly ToolObservation[]
    }
  | {
      readonly ok: false
      readonly error: TaskError
      /** The limit behind a `LimitExceeded`, if it is another one than that of the output. */
      readonly limit?: LimitName | undefined
    }

/** Runs tools in warm Deno processes. */
export interface ToolRunner {
  /**
   * Runs one call, after a wait if all processes are busy. Aborting kills the process and rejects
   * with the signal's reason.
   */
  call(call: ToolCall, options: { signal: AbortSignal }): Promise<ToolResult>
  /** Kills every process and rejects further calls. */
  stop(): Promise<void>
}
