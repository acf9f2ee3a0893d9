import { taskTypes, type TaskIr, type TaskType } from './task-ir.ts'
import type { WorkflowIr } from './workflow-ir.ts'

const known: ReadonlySet<unknown> = new Set(taskTypes)

function isTask(value: unknown): value is TaskIr {
  return (
    typeof value === 'object' &&
    value !== null &&
    'place' in value &&
    known.has((value as TaskIr).type)
  )
}

/** Kinds of the tasks of a workflow, children at any depth included. */
export function taskTypesOf({ tasks }: WorkflowIr): ReadonlySet<TaskType> {
  const found = new Set<TaskType>()
  const visit = (task: TaskIr): void => {
    found.add(task.type)
    for (const field of Object.values(task)) {
      for (const value of Array.isArray(field) ? field : [field]) if (isTask(value)) visit(value)
    }
  }
  for (const task of tasks) visit(task)
  return found
}
