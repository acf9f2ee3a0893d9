import type { TaskContext, TaskResult } from './task-context.ts'
import type { Fields } from '../schema/field.ts'
import type { CompiledFields } from './compiled-fields.ts'
import type { TaskIr } from '../definition/task-ir.ts'
import type { Steps } from './steps.ts'

/** Keys of a workflow task. */
export const workflowFields = {
  workflow: { is: 'workflow', required: true, doc: 'the workflow that is run; with is its input' },
  wait: {
    is: 'boolean',
    doc: 'false: go on as soon as it started; its output is then null (true)',
  },
} as const satisfies Fields

type WorkflowTaskIr = TaskIr & CompiledFields<typeof workflowFields>

/** Runs another workflow; its output comes as `{exec_id, output}`. */
export function* runWorkflow(
  { workflow, wait = true }: WorkflowTaskIr,
  context: TaskContext,
): Steps<TaskResult> {
  return { output: yield* context.startChild(workflow, wait) }
}
