import type { JsonValue } from '../core/json.ts'
import type { TaskIr } from '../definition/task-ir.ts'
import type { Fields } from '../schema/field.ts'
import type { TaskKind, WrittenTask } from './kind.ts'
import { commonFields } from './shared/common-fields.ts'
import { resolveTool } from './shared/tool-reference.ts'
import type { Steps } from './steps.ts'
import type { TaskContext, TaskResult } from './task-context.ts'

const fields = {
  tool: { is: 'tool', doc: 'id of the tool, of this workflow or of the project' },
  $use: { is: 'tool', doc: 'tool(local::tools.#(id=="x")) or tool(global::tools.#(id=="x"))' },
  // The tool's process is killed at its limit: no timer of Temporal, so an exact one.
  timeout: { is: 'duration', isPositive: true, doc: commonFields.timeout.doc },
} as const satisfies Fields

/** `tool` is the tool's key in the project. `timeout` is its own, the tool's, or the project's. */
interface BasicIr extends TaskIr {
  readonly tool: string
  readonly timeout: number
}

function resolve({ raw, read, path, report, tools }: WrittenTask) {
  const tool = resolveTool(raw, path, tools, report)
  const limit = tool === undefined ? undefined : tools.tools.get(tool)?.timeoutMs
  return { tool, timeout: read['timeout'] ?? limit ?? tools.timeoutMs }
}

function* run(task: BasicIr, context: TaskContext): Steps<TaskResult> {
  const output: JsonValue = yield* context.callTool(task.tool, task.timeout)
  return { output }
}

/** Calls a tool. The tool's process is killed at the limit, so nothing else watches the time. */
export const basic = {
  name: 'basic',
  subject: 'tool',
  doc: 'Calls a tool once.',
  fields,
  allows: { condition: true, retry: true },
  keepsTime: true,
  resolve,
  run,
} as const satisfies TaskKind
