import type { JsonValue } from '../core/json.ts'
import type { CustomObservation } from '../core/observation.ts'
import type { ToolResult } from '../tool/runner.ts'
import type { RunStart, Trigger } from '../definition/workflow-ir.ts'

/** Argument of a tool's activity; the activity's type is the tool's key. */
export interface ToolActivityCall {
  readonly input: JsonValue
  readonly env: Readonly<Record<string, string>>
  readonly taskEnv: Readonly<Record<string, string>>
  readonly timeoutMs: number
  readonly taskId: string
  readonly attempt: number
  readonly idempotencyKey: string
  /** Whether a failure of the tool fails the activity, so that Temporal shows it. */
  readonly failsActivity?: boolean
}

/** A tool as an activity. A failure of the tool is a value: the run decides on retries. */
export type ToolActivity = (call: ToolActivityCall) => Promise<ToolActivityResult>

/** What a tool's activity returns: the run counts the observations once it has this result. */
export type ToolActivityResult =
  | Extract<ToolResult, { ok: false }>
  | {
      readonly ok: true
      readonly output: JsonValue
      readonly observations?: readonly CustomObservation[]
    }

/** The start of a child run, from this worker's project. */
export interface PreparedChild {
  readonly start: RunStart
  readonly memo: Readonly<Record<string, unknown>>
  readonly timeoutMs?: number
}

/** The engine's own activities. A tool's key has no dot, so the names never collide. */
export interface EngineActivities {
  /**
   * Finds the child's workflow and checks its input. Fails as `not_found`, `input_invalid` or
   * `payload_too_large`.
   */
  'compozy.prepare_child'(request: {
    workflowId: string
    input: JsonValue
    trigger: Trigger
  }): Promise<PreparedChild>
  /** Reports whether a run takes no more signals of this name. */
  'compozy.is_signal_refused'(request: {
    execId: string
    name: string
    bytes?: number
  }): Promise<boolean>
  /**
   * Returns the bytes of a run's history when it has no room for a value of these bytes, null when
   * it has.
   */
  'compozy.find_full_history'(request: {
    execId: string
    runId: string
    bytes: number
  }): Promise<number | null>
  /** Starts a run of every workflow that listens. Returns their ids, none if nobody listens. */
  'compozy.publish_event'(event: {
    name: string
    payload: JsonValue
    idempotencyKey: string
  }): Promise<readonly string[]>
}
