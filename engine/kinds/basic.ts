import type { JsonValue } from '../core/json.ts'
import type { TaskContext, TaskResult } from './task-context.ts'
import type { Fields } from '../schema/field.ts'
import type { CompiledFields } from './compiled-fields.ts'
import type { TaskIr } from '../definition/task-ir.ts'
import type { Steps } from './steps.ts'

/** A basic task's own keys: none, for the compiler resolves `tool` and `$use` to the key of a tool. */
export const basicFields = {} as const satisfies Fields

/** `tool` is the tool's key in the project; `timeout` is settled by the compiler. */
type BasicIr = TaskIr &
  CompiledFields<typeof basicFields> & { readonly tool: string; readonly timeout: number }

/** Calls the tool; its output is the task's. */
export function* runBasic(task: BasicIr, context: TaskContext): Steps<TaskResult> {
  const output: JsonValue = yield* context.callTool(task.tool, task.timeout)
  return { output }
}
