import { childrenFailed } from './shared/children.ts'
import { defined } from '../core/defined.ts'
import type { JsonValue } from '../core/json.ts'
import type { TaskKind } from './kind.ts'
import type { TaskContext, TaskResult } from './task-context.ts'
import type { Fields } from '../schema/field.ts'
import { movedInTaskList } from '../schema/migration-hints.ts'
import type { CompiledFields } from './shared/compiled-fields.ts'
import { runFlow, type FlowPosition } from './shared/run-flow.ts'
import type { TaskIr } from '../definition/task-ir.ts'
import { TaskFailed, type Steps } from './steps.ts'

const fields = {
  tasks: {
    is: 'tasks',
    order: 'in_turn',
    required: true,
    doc: 'run one after another by their next; in the order of the list where none has a next',
  },
  strategy: {
    is: 'choice',
    of: ['fail_fast', 'best_effort'],
    doc: 'fail_fast ends at a failure that no on_error takes; best_effort goes on after it (fail_fast)',
  },
} as const satisfies Fields

type CompositeIr = TaskIr & CompiledFields<typeof fields>

/** Tasks that one execution of a composite may pass; more is a runaway loop. */
const maximumPassed = 10_000

/** It keeps nothing but the position. */
function positionOf(kept: JsonValue | undefined): FlowPosition | undefined {
  return kept as FlowPosition | undefined
}

function* run(task: CompositeIr, context: TaskContext): Steps<TaskResult> {
  const { tasks, strategy } = task
  const nest = context.nest(tasks)
  const from = positionOf(context.kept)
  const end = yield* runFlow({
    tasks,
    from,
    resumes: true,
    limit: maximumPassed,
    inOrder: nest.isListed,
    bestEffort: strategy === 'best_effort',
    run: (child, { arrival }, nextInOrder, resumes) =>
      nest.run(child, defined({ arrival, nextInOrder, resumes })),
    pause: (ms) => context.pause(ms),
    onMove: (position) => context.keep(() => position),
  })
  if (end.type === 'limit') throw new TaskFailed(end.error, [], 'tasks')
  if (end.type === 'stopped') throw new Error('a composite never stops between two tasks')
  if (end.failure !== undefined && strategy !== 'best_effort')
    throw childrenFailed([end.failure], tasks.length)
  return {
    output: Object.fromEntries(tasks.map(({ id }) => [id, nest.outputOf(id)])),
    errors: end.unhandled,
  }
}

/** Runs tasks one after another. The output has theirs by id; null if one never ran. */
export const composite = {
  name: 'composite',
  doc: 'Runs tasks one after another as one step.',
  fields,
  moved: movedInTaskList,
  allows: { condition: true, retry: false },
  positionOf,
  run,
} as const satisfies TaskKind
