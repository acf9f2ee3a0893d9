import type { JsonObject, JsonValue } from '../../core/json.ts'
import { failures, leaves, type Model, type ModelWorkflow } from './model.ts'

/** What a task comes to: its output, or the type of its error. */
type TaskMeaning =
  | { readonly status: 'completed' | 'skipped'; readonly output: JsonValue }
  | { readonly status: 'failed'; readonly output: null; readonly error: string }

/** What a workflow comes to. */
export interface WorkflowMeaning {
  readonly output?: JsonValue
  readonly error?: string
  /** Status of each task of the top level by its last round. */
  readonly statuses: Readonly<Record<string, string>>
  /** How many executions of tasks ended, nested ones too. */
  readonly ends: number
}

function containerOf(
  children: readonly TaskMeaning[],
  bestEffort: boolean,
  output: JsonValue,
): TaskMeaning {
  const fails = !bestEffort && children.some(({ status }) => status === 'failed')
  return fails
    ? { status: 'failed', output: null, error: 'ChildFailed' }
    : { status: 'completed', output }
}

/** The meaning of one task, by recursion: no order, no time. `onEnd` hears of each execution. */
function meaningOf(
  task: Model,
  id: string,
  onEnd: () => void,
  given: JsonObject = {},
  item?: { at: number; of: number },
): TaskMeaning {
  onEnd()
  switch (task.is) {
    case 'echo':
      return { status: 'completed', output: { ...given, v: task.value, ...item } }
    case 'fail':
      // What the limit cancels ends too.
      if (task.how === 'limit') onEnd()
      return { status: 'failed', output: null, error: failures[task.how].error }
    case 'lapse':
      onEnd()
      onEnd()
      return {
        status: 'completed',
        output: { [`${id}-w`]: null, [`${id}-late`]: leaves.aggregate.output },
      }
    case 'retry':
      return { status: 'completed', output: task.failures + 1 }
    case 'leaf':
      // The processor of a wait ends too.
      if (task.kind === 'process') onEnd()
      return { status: 'completed', output: leaves[task.kind].output }
    case 'skip':
      return { status: 'skipped', output: null }
    case 'route': {
      const inner = meaningOf(task.task, `${id}-in`, onEnd, {}, item)
      return inner.status === 'failed' ? inner : { status: 'completed', output: inner.output }
    }
    case 'composite': {
      const children: TaskMeaning[] = []
      for (const [at, child] of task.tasks.entries()) {
        children.push(meaningOf(child, `${id}-${at}`, onEnd, {}, item))
        if (!task.bestEffort && children.at(-1)!.status === 'failed') break
      }
      const output = task.tasks.map(
        (_, at) => [`${id}-${at}`, children[at]?.output ?? null] as const,
      )
      return containerOf(children, task.bestEffort, Object.fromEntries(output))
    }
    case 'parallel': {
      const children = task.tasks.map((child, at) =>
        meaningOf(child, `${id}-${at}`, onEnd, {}, item),
      )
      const output = children.map((child, at) => [`${id}-${at}`, child.output] as const)
      return containerOf(children, task.bestEffort, Object.fromEntries(output))
    }
    case 'collection': {
      const children = task.items.map((of, at) =>
        meaningOf(task.task, `${id}-each`, onEnd, {}, { at, of }),
      )
      const output = children.map((child) => child.output)
      return containerOf(children, task.bestEffort, output)
    }
  }
}

/**
 * The meaning of a workflow, written apart from the interpreter: what its runs are compared with.
 */
export function workflowMeaning({ steps, maxTasks }: ModelWorkflow): WorkflowMeaning {
  const statuses: Record<string, string> = Object.fromEntries(
    steps.map((_, at) => [`t${at}`, 'pending']),
  )
  let ends = 0
  let at = 0
  let given: JsonObject = {}
  for (let passed = 0; passed < maxTasks; passed++) {
    const { task, next, hands, onError } = steps[at]!
    const meaning = meaningOf(task, `t${at}`, () => ends++, given)
    statuses[`t${at}`] = meaning.status
    if (meaning.status === 'failed') {
      if (onError === undefined) return { error: meaning.error, statuses, ends }
      given = { x: meaning.error }
      at = onError
    } else {
      if (next === undefined) return { output: meaning.output, statuses, ends }
      given = hands ? { x: meaning.output } : {}
      at = next
    }
  }
  return { error: 'LimitExceeded', statuses, ends }
}
