import type { JsonValue } from '../core/json.ts'
import type { TaskError } from '../core/task-error.ts'

/** What the tool's code sees as its second argument, besides the abort signal. */
export interface ToolContext {
  readonly exec_id: string
  readonly workflow_id: string
  readonly task_id: string
  readonly attempt: number
  /** Stable per run, task and item: the same again when a call is repeated. */
  readonly idempotency_key: string
}

/** One call of one tool. */
export interface ToolCall {
  readonly tool: ToolModule
  readonly input: JsonValue
  /** The whole environment of the tool's process, apart from its secrets. Part of the pool's key. */
  readonly env: Readonly<Record<string, string>>
  readonly context: ToolContext
  readonly timeoutMs: number
}

/** The part of a project's tool that running it needs. */
export interface ToolModule {
  readonly key: string
  readonly id: string
  readonly file: string
  readonly exportName?: string
  readonly sha256: string
  /** Names of variables of this process that only this tool's process receives. */
  readonly secrets: readonly string[]
}

/** A tool's failure is a value, not a throw: the run decides what follows. */
export type ToolResult =
  | { readonly ok: true; readonly output: JsonValue }
  | { readonly ok: false; readonly error: TaskError }

/** Runs tools in Deno processes that are kept warm. */
export interface ToolRunner {
  /** Waits for a free process where all are busy. Aborting kills the process; the call then throws the signal's reason. */
  call(call: ToolCall, options: { signal: AbortSignal }): Promise<ToolResult>
  /** Kills every process and refuses further calls. */
  stop(): Promise<void>
}
