import { childrenFailed } from './shared/children.ts'
import type { TaskContext, TaskResult } from './task-context.ts'
import type { Fields } from '../schema/field.ts'
import type { CompiledFields } from './compiled-fields.ts'
import { runFlow } from './shared/run-flow.ts'
import type { TaskIr } from '../definition/task-ir.ts'
import { TaskFailed, type Steps } from './steps.ts'

/** Keys of a composite. */
export const compositeFields = {
  tasks: {
    is: 'tasks',
    required: true,
    doc: 'run one after another by their next; in the order of the list where none has a next',
  },
  strategy: {
    is: 'choice',
    of: ['fail_fast', 'best_effort'],
    doc: 'fail_fast ends at a failure that no on_error takes; best_effort goes on after it (fail_fast)',
  },
} as const satisfies Fields

type CompositeIr = TaskIr & CompiledFields<typeof compositeFields>

/** Tasks that one execution of a composite passes before it is a runaway loop. */
const maximumPassed = 10_000

/** Runs the tasks one after another; outputs by their ids, null for those that never ran. */
export function* runComposite(task: CompositeIr, context: TaskContext): Steps<TaskResult> {
  const { tasks, strategy } = task
  const nest = context.nest(tasks)
  const end = yield* runFlow({
    tasks,
    limit: maximumPassed,
    inOrder: !tasks.some(hasEdge),
    bestEffort: strategy === 'best_effort',
    run: (child, { arrival }, nextInOrder) =>
      nest.run(child, { arrival, ...(nextInOrder !== undefined && { nextInOrder }) }),
    pause: (ms) => context.pause(ms),
  })
  if (end.type === 'limit') throw new TaskFailed(end.error)
  if (end.type === 'left') throw new Error('a composite is never left in between')
  const failure =
    end.outcome.status === 'failed' && strategy !== 'best_effort' ? end.outcome.error : undefined
  if (failure !== undefined) throw childrenFailed([failure], tasks.length)
  return {
    output: Object.fromEntries(tasks.map(({ id }) => [id, nest.outputOf(id)])),
    errors: end.unhandled,
  }
}

/** Whether a task says what follows it. */
function hasEdge(task: TaskIr): boolean {
  const { on_success, on_error, routes = {}, default: fallback, on_timeout } = task
  const edges = [
    on_success?.next,
    on_error?.next,
    fallback,
    on_timeout,
    ...Object.values(routes as object),
  ]
  return edges.some((edge) => typeof edge === 'string')
}
