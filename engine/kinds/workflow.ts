import type { TaskKind } from './kind.ts'
import type { TaskContext, TaskResult } from './task-context.ts'
import type { Fields } from '../schema/field.ts'
import type { CompiledFields } from './shared/compiled-fields.ts'
import type { TaskIr } from '../definition/task-ir.ts'
import type { Steps } from './steps.ts'

const fields = {
  workflow: {
    is: 'workflow_id',
    required: true,
    doc: 'the workflow that is run; with is its input',
  },
  wait: {
    is: 'boolean',
    doc: 'false: go on as soon as it started; its output is then null (true)',
  },
} as const satisfies Fields

type WorkflowTaskIr = TaskIr & CompiledFields<typeof fields>

function* run({ workflow, wait = true }: WorkflowTaskIr, context: TaskContext): Steps<TaskResult> {
  return { output: yield* context.startChild(workflow, wait) }
}

/** Runs another workflow. Its output is `{exec_id, output}`. */
export const workflow = {
  name: 'workflow',
  subject: 'workflow',
  doc: 'Runs another workflow of the project.',
  fields,
  allows: { condition: true, retry: true },
  run,
} as const satisfies TaskKind
