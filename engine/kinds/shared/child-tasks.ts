import type { TaskIr } from '../../definition/task-ir.ts'
import type { WorkflowIr } from '../../definition/workflow-ir.ts'
import type { Shape, Shapes } from '../../schema/shape.ts'
import { commonFields } from './common-fields.ts'
import type { TaskKinds } from '../kind.ts'

function listOf(value: unknown): readonly unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value) : []
}

/** The contents of one compiled field: ids of siblings, and tasks. */
function linksIn(shape: Shape, value: unknown): readonly unknown[] {
  switch (shape.is) {
    case 'next':
    case 'route':
    case 'task':
      return [value]
    case 'tasks':
    case 'routes':
      return listOf(value)
    case 'object':
      return value === undefined
        ? []
        : linksOf(shape.fields, value as Readonly<Record<string, unknown>>)
    default:
      return []
  }
}

function linksOf(fields: Shapes, values: Readonly<Record<string, unknown>>): readonly unknown[] {
  return Object.entries(fields).flatMap(([key, shape]) => linksIn(shape, values[key]))
}

/** Reports whether a task names what follows it. */
export function namesNext(task: TaskIr, kinds: TaskKinds): boolean {
  const fields = { ...commonFields, ...kinds.of(task).fields }
  return linksOf(fields, task).some((link) => typeof link === 'string')
}

/** Reports whether a field holds the task of many items, each with an id of its own. */
export function isPerItem(shape: Shape): boolean {
  return shape.is === 'task' && shape.idIsTemplate === true
}

/** Returns the tasks below a task that are known before it runs: not the items of a collection. */
export function childTasksOf(task: TaskIr, kinds: TaskKinds): readonly TaskIr[] {
  const fields = Object.entries(kinds.of(task).fields).filter(([, shape]) => !isPerItem(shape))
  return linksOf(Object.fromEntries(fields), task).filter(
    (link): link is TaskIr => typeof link === 'object' && link !== null,
  )
}

/** Kinds of the tasks of a workflow, by name, children at any depth included. */
export function taskTypesOf({ tasks }: WorkflowIr, kinds: TaskKinds): ReadonlySet<string> {
  const found = new Set<string>()
  const visit = (task: TaskIr): void => {
    found.add(task.type)
    for (const link of linksOf(kinds.of(task).fields, task))
      if (typeof link === 'object' && link !== null) visit(link as TaskIr)
  }
  for (const task of tasks) visit(task)
  return found
}
