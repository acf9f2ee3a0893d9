import { isFreeName } from '../core/free-name.ts'
import { isJsonObject, type JsonObject } from '../core/json.ts'
import { renderTree } from '../template/sandbox.ts'
import type { WrittenEvent, TaskKind, WrittenTask } from './kind.ts'
import type { TaskContext, TaskResult } from './task-context.ts'
import type { Fields } from '../schema/field.ts'
import type { CompiledFields } from './shared/compiled-fields.ts'
import type { TaskIr } from '../definition/task-ir.ts'
import { renderExecId } from './shared/exec-id.ts'
import { literalOf } from './shared/literal.ts'
import { checkSignalName, signalName } from './shared/signal-name.ts'
import type { Steps } from './steps.ts'

const fields = {
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

type SignalIr = TaskIr & CompiledFields<typeof fields>

function check({ raw, path, report }: WrittenTask): void {
  const { signal } = raw
  if (isJsonObject(signal)) checkSignalName(signal['id'], [...path, 'signal', 'id'], report)
}

function publishes({ signal }: SignalIr, raw: JsonObject): WrittenEvent | undefined {
  const { signal: written, exec_id: execId = null } = raw
  if (!isJsonObject(written) || execId !== null) return undefined
  const id = literalOf(written['id'])
  // A number or a boolean is the text that it prints as.
  const name = typeof id === 'object' ? '' : String(id ?? '')
  if (!isFreeName(name)) return undefined
  return {
    name,
    namePath: ['signal', 'id'],
    payload: signal.payload ?? { t: 'lit', value: null },
    payloadPath: ['signal', 'payload'],
  }
}

function* run({ signal, exec_id }: SignalIr, context: TaskContext): Steps<TaskResult> {
  const scope = context.scope()
  const name = signalName(signal.id, scope)
  const payload = signal.payload === undefined ? null : renderTree(signal.payload, scope)
  if (exec_id === undefined) {
    const started = yield* context.publish(name, payload)
    return { output: { delivered: started.length, exec_ids: started } }
  }
  const execId = renderExecId(exec_id, scope)
  yield* context.signalRun(execId, name, payload)
  return { output: { delivered: 1, exec_ids: [execId] } }
}

/** Sends a signal. Its output says how many runs received it, and which. */
export const signal = {
  name: 'signal',
  subject: 'signal.id',
  doc: 'Sends a signal to a run, or starts the workflows that listen.',
  fields,
  allows: { condition: true, retry: true },
  check,
  publishes,
  run,
} as const satisfies TaskKind
