import type { TaskIr } from '../../definition/task-ir.ts'
import type { WorkflowIr } from '../../definition/workflow-ir.ts'
import type { Shape, Shapes } from '../../schema/shape.ts'
import { commonFields } from './common-fields.ts'
import type { TaskKinds } from '../kind.ts'
import { linksOf } from './links.ts'

function tasksIn(fields: Shapes, task: TaskIr): readonly TaskIr[] {
  return linksOf(fields, task).flatMap(({ link }) => (typeof link === 'string' ? [] : [link]))
}

/** Reports whether a task names what follows it. */
export function namesNext(task: TaskIr, kinds: TaskKinds): boolean {
  const fields = { ...commonFields, ...kinds.of(task).fields }
  return linksOf(fields, task).some(({ link }) => typeof link === 'string')
}

/** Reports whether a field holds the task of many items, each with an id of its own. */
export function isPerItem(shape: Shape): boolean {
  return shape.is === 'task' && shape.idIsTemplate === true
}

/** Returns the tasks below a task that are known before it runs: not the items of a collection. */
export function childTasksOf(task: TaskIr, kinds: TaskKinds): readonly TaskIr[] {
  const fields = Object.entries(kinds.of(task).fields).filter(([, shape]) => !isPerItem(shape))
  return tasksIn(Object.fromEntries(fields), task)
}

/** Kinds of the tasks of a workflow, by name, children at any depth included. */
export function taskTypesOf({ tasks }: WorkflowIr, kinds: TaskKinds): ReadonlySet<string> {
  const found = new Set<string>()
  const visit = (task: TaskIr): void => {
    found.add(task.type)
    tasksIn(kinds.of(task).fields, task).forEach(visit)
  }
  for (const task of tasks) visit(task)
  return found
}
