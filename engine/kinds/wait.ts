import { formatDuration } from '../core/time/duration.ts'
import type { JsonObject } from '../core/json.ts'
import { readsRoot } from '../template/sandbox.ts'
import { commonFields } from './shared/common-fields.ts'
import type { TaskKind, WrittenTask } from './kind.ts'
import type { TaskContext, Nest, ReceivedSignal, TaskResult, Roots } from './task-context.ts'
import type { Fields } from '../schema/field.ts'
import type { CompiledFields } from './shared/compiled-fields.ts'
import type { TaskIr } from '../definition/task-ir.ts'
import { checkSignalName, signalName } from './shared/signal-name.ts'
import { TaskFailed, type Steps } from './steps.ts'

const fields = {
  wait_for: { is: 'template', required: true, doc: 'name of the signal' },
  timeout: { is: 'duration', required: true, timer: 'a timeout', doc: 'how long it waits' },
  condition: {
    is: 'condition',
    adds: ['signal', 'processor'],
    whileRunning: true,
    doc: 'signals for which it is false are ignored; judged after the processor where it names it',
  },
  processor: {
    is: 'task',
    adds: ['signal'],
    defaultIdSuffix: '-processor',
    doc: 'a task that is run for the accepted signal; its output is .processor.output',
  },
  on_timeout: {
    is: 'next',
    doc: 'the task that follows when no signal came; without it that is a WaitTimeout error',
  },
  outputs: { ...commonFields.outputs, adds: ['output', 'signal', 'processor'] },
  on_success: {
    ...commonFields.on_success,
    fields: {
      ...commonFields.on_success.fields,
      with: { ...commonFields.on_success.fields.with, adds: ['output', 'signal', 'processor'] },
    },
  },
} as const satisfies Fields

type WaitIr = TaskIr & CompiledFields<typeof fields>

function check({ raw, path, report }: WrittenTask): void {
  checkSignalName(raw['wait_for'], [...path, 'wait_for'], report)
}

/** Takes signals until one is accepted. Every one that it takes is used up. */
function* run(task: WaitIr, context: TaskContext): Steps<TaskResult> {
  const kept = context.kept as KeptWait | undefined
  const name = kept?.name ?? signalName(task.wait_for, context.scope())
  const accepted = yield* context.within(task.timeout, acceptSignal(task, name, context))
  if (accepted !== undefined) return accepted.value
  if (task.on_timeout !== undefined)
    return { output: null, status: 'timed_out', next: task.on_timeout }
  throw new TaskFailed({
    type: 'WaitTimeout',
    message: `no signal "${name}" was accepted within ${formatDuration(task.timeout)}`,
  })
}

function* acceptSignal(task: WaitIr, name: string, context: TaskContext): Steps<TaskResult> {
  const { condition, processor } = task
  const judgedAfter =
    processor !== undefined && condition !== undefined && readsRoot(condition, 'processor')
  const nest = context.nest(processor === undefined ? [] : [processor])
  let inProcess = (context.kept as KeptWait | undefined)?.signal
  for (;;) {
    context.keep(() => ({ name }))
    const resumes = inProcess !== undefined
    const signal = inProcess ?? (yield* context.receive(name))
    inProcess = undefined
    let roots: Roots = { signal: signalRoot(signal) }
    const holds = (): boolean => condition === undefined || context.test(condition, roots)
    if (!resumes && !judgedAfter && !holds()) {
      context.refuseSignal()
      continue
    }
    if (processor !== undefined) {
      context.keep(() => ({ name, signal: { ...signal } }))
      roots = yield* process(processor, nest, { roots, resumes })
    }
    if (judgedAfter && !holds()) {
      context.refuseSignal()
      continue
    }
    return { output: signal.payload, roots }
  }
}

/** What a wait keeps when the run continues as new. */
interface KeptWait {
  readonly name: string
  /** The signal that its processor runs for. */
  readonly signal?: ReceivedSignal
}

/** Runs the processor for a signal. Its failure is the wait's, unchanged. */
function* process(
  processor: TaskIr,
  nest: Nest,
  { roots, resumes }: { readonly roots: Roots; readonly resumes: boolean },
): Steps<Roots> {
  const end = yield* nest.run(processor, { roots, resumes })
  if (end.error !== undefined) throw new TaskFailed(end.error)
  return { ...roots, processor: { output: end.output } }
}

function signalRoot({ id, payload, receivedAt }: ReceivedSignal): JsonObject {
  return { id, payload, received_at: new Date(receivedAt).toISOString() }
}

/** Waits for a signal. Its own limit decides between a signal and `on_timeout`. */
export const wait = {
  name: 'wait',
  subject: 'wait_for',
  awaits: true,
  doc: 'Waits for a signal.',
  fields,
  allows: { condition: false, retry: false },
  keepsTime: true,
  check,
  run,
} as const satisfies TaskKind
