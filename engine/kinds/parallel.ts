import { raceOutput, runChildren } from './shared/children.ts'
import type { TaskKind } from './kind.ts'
import type { TaskContext, TaskResult } from './task-context.ts'
import type { Fields } from '../schema/field.ts'
import { movedInTaskList } from '../schema/migration-hints.ts'
import type { CompiledFields } from './shared/compiled-fields.ts'
import type { TaskIr } from '../definition/task-ir.ts'
import type { Steps } from './steps.ts'
import { maximumWorkers, strategies } from './shared/strategy.ts'

const fields = {
  tasks: {
    is: 'tasks',
    order: 'together',
    slots: 'max_workers',
    required: true,
    doc: 'the tasks that run at the same time',
  },
  strategy: { is: 'choice', of: strategies, doc: 'how it takes failures (wait_all)' },
  max_workers: { is: 'integer', min: 0, max: maximumWorkers, doc: 'how many run at once (0: all)' },
} as const satisfies Fields

type ParallelIr = TaskIr & CompiledFields<typeof fields>

function* run(task: ParallelIr, context: TaskContext): Steps<TaskResult> {
  const { tasks, strategy = 'wait_all', max_workers: workers = 0 } = task
  const nest = context.nest(tasks)
  const children = tasks.map((child) => ({
    id: child.id,
    end: nest.endOf(child.id),
    isUnderWay: nest.isUnderWay(child.id),
    start: () => nest.run(child, { resumes: true }),
  }))
  const result = yield* runChildren(children, { strategy, workers, batch: 0 }, context)
  if (strategy === 'race') return { output: raceOutput(result), errors: result.errors }
  const output = Object.fromEntries(tasks.map(({ id }, at) => [id, result.outputs[at]!]))
  return { output, errors: result.errors }
}

/** Runs tasks in parallel. The output has theirs by id, in the order of the list. */
export const parallel = {
  name: 'parallel',
  doc: 'Runs tasks at the same time.',
  fields,
  moved: movedInTaskList,
  allows: { condition: true, retry: false },
  run,
} as const satisfies TaskKind
