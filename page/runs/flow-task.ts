import type { FlowTask } from '../api/client.ts'

/** What the subject of a task of each type is; the other types have none. */
const subjectLabels: Readonly<Record<string, string>> = {
  basic: 'Tool',
  wait: 'Waits for',
  signal: 'Signal',
  workflow: 'Workflow',
}

/** What a task works on, with its label: `Tool charge`. */
export interface Subject {
  readonly label: string
  readonly name: string
}

/**
 * Finds a task of a definition by its path in a run. The ids of a collection's items are made while
 * it runs, so the one task that it has inside stands for all of them.
 */
export function findFlowTask(tasks: readonly FlowTask[], path: string): FlowTask | undefined {
  const [id, ...rest] = path.split('/')
  const found = tasks.find((task) => task.id === id)
  if (rest.length === 0 || found === undefined) return found
  if (found.type !== 'collection') return findFlowTask(found.tasks, rest.join('/'))
  const [each] = found.tasks
  return each === undefined
    ? undefined
    : findFlowTask([each], [each.id, ...rest.slice(1)].join('/'))
}

/** Returns what the task works on, as its definition says it. */
export function subjectOf({ type, subject }: FlowTask): Subject | undefined {
  const label = subjectLabels[type]
  return label === undefined || subject === undefined ? undefined : { label, name: subject }
}
