import { renderTemplate, renderTree, textOf } from '../template/sandbox.ts'
import type { TaskContext, TaskResult } from './task-context.ts'
import type { Fields } from '../schema/field.ts'
import type { CompiledFields } from './compiled-fields.ts'
import type { TaskIr } from '../definition/task-ir.ts'
import { signalName } from './shared/signal-name.ts'
import type { Steps } from './steps.ts'

/** Keys of a signal. */
export const signalFields = {
  signal: {
    is: 'object',
    required: true,
    doc: 'what is sent',
    fields: {
      id: { is: 'template', required: true, doc: 'name of the signal' },
      payload: { is: 'tree', doc: 'what it carries (null)' },
    },
  },
  exec_id: {
    is: 'template',
    doc: 'the run that receives it; without it the workflows with a trigger of that name are started',
  },
} as const satisfies Fields

type SignalIr = TaskIr & CompiledFields<typeof signalFields>

/** Sends the signal; says how many runs received it, and which. */
export function* runSignal({ signal, exec_id }: SignalIr, context: TaskContext): Steps<TaskResult> {
  const scope = context.scope()
  const name = signalName(signal.id, scope)
  const payload = signal.payload === undefined ? null : renderTree(signal.payload, scope)
  if (exec_id === undefined) {
    const started = yield* context.publish(name, payload)
    return { output: { delivered: started.length, exec_ids: started } }
  }
  const execId = textOf(renderTemplate(exec_id, scope))
  yield* context.signalRun(execId, name, payload)
  return { output: { delivered: 1, exec_ids: [execId] } }
}
