import type { JsonValue } from '../core/json.ts'
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
}

/** A tool as an activity. A failure of the tool is a value: whether it is tried again is the run's business. */
export type ToolActivity = (call: ToolActivityCall) => Promise<ToolResult>

/** What a child run starts with, as the project of this worker has it now. */
export interface PreparedChild {
  readonly start: RunStart
  readonly memo: Readonly<Record<string, unknown>>
  readonly timeoutMs?: number
}

/** The engine's own activities. No tool's key can hold a dot, so the names never meet. */
export interface EngineActivities {
  /** Looks the child's workflow up and checks its input. Fails with type `not_found` or `input_invalid`. */
  'compozy.prepare_child'(request: {
    workflowId: string
    input: JsonValue
    trigger: Trigger
  }): Promise<PreparedChild>
  /** Starts a run of every workflow that listens; gives their ids, none if nobody listens. */
  'compozy.publish_event'(event: {
    name: string
    payload: JsonValue
    idempotencyKey: string
  }): Promise<readonly string[]>
}
