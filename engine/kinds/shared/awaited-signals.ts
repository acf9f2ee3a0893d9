import { didYouMean, listNames } from '../../core/nearest.ts'
import type { WorkflowIr } from '../../definition/workflow-ir.ts'
import type { TaskKinds } from '../kind.ts'
import { describeFlow, type FlowTask } from './describe-flow.ts'

/** Every task of a workflow, containers before their children. */
function* everyTask(tasks: readonly FlowTask[]): Generator<FlowTask> {
  for (const task of tasks) {
    yield task
    yield* everyTask(task.tasks)
  }
}

/**
 * Returns the names of the signals that tasks of a workflow wait for; undefined where a name is a
 * template, so that any signal may be taken.
 */
export function awaitedSignals(
  definition: WorkflowIr,
  kinds: TaskKinds,
): ReadonlySet<string> | undefined {
  const names = new Set<string>()
  for (const { awaits, subject } of everyTask(describeFlow(definition, kinds))) {
    if (awaits !== true) continue
    if (subject === undefined || subject.includes('{{')) return undefined
    names.add(subject)
  }
  return names
}

/** Says that no task can take a signal, and which ones are awaited; undefined where one may. */
export function warnUnawaited(
  name: string,
  awaited: ReadonlySet<string> | undefined,
): string | undefined {
  if (awaited === undefined || awaited.has(name)) return undefined
  const known = [...awaited].map((awaitedName) => `"${awaitedName}"`)
  const names = known.length === 0 ? 'no signal' : listNames(known)
  const hint = didYouMean(name, awaited) || `; it waits for ${names}`
  return `no task of this run waits for the signal "${name}"${hint}`
}
