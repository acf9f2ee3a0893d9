import type { TaskIr } from '../../definition/task-ir.ts'
import { childTasksOf } from '../../kinds/shared/child-tasks.ts'
import type { KnownTask } from '../../kinds/task-context.ts'
import type { RunServices } from '../run-services.ts'
import type { ParentScope } from '../scope.ts'
import { createSiblings, type SiblingTasks, type TaskProgress } from './task-progress.ts'

/** The levels in which the templates of one task look up `.tasks`. */
export interface TaskLevels {
  /** Notes the level below the task; `known`: tasks that it may have, besides its own. */
  open(below: SiblingTasks, known: () => readonly KnownTask[]): void
  /** For what is read while the task runs: the level around it. */
  readonly running: () => SiblingTasks
  /** For what is read at its end: its children too, whether they ran or not. */
  readonly ended: () => SiblingTasks
  /** For `on_error`, where an edge failed. */
  readonly edgeFailed: () => SiblingTasks
}

/** Creates the levels of a task, within what surrounds it. */
export function createTaskLevels(
  { kinds, revision }: Pick<RunServices, 'kinds' | 'revision'>,
  task: TaskIr,
  record: TaskProgress,
  { visible: around, records: beside }: Pick<ParentScope, 'visible' | 'records'>,
): TaskLevels {
  let below: SiblingTasks | undefined
  let children: () => readonly KnownTask[] = () => []
  let atEnd: SiblingTasks | undefined

  const open = (level: SiblingTasks, known: () => readonly KnownTask[]): void => {
    below = level
    children = known
  }

  // The end saw no children before the level was open, and a router's only one.
  if (revision < 6) {
    const newest = (): SiblingTasks => below ?? around
    return { open, running: newest, ended: newest, edgeFailed: () => around }
  }

  const ended = (): SiblingTasks => {
    if (atEnd !== undefined) return atEnd
    const records = (below ?? record.children)?.records
    // Most of the many items of a collection have a record.
    const unstarted = children().filter(({ id }) => records?.has(id) !== true)
    const tasks = [...childTasksOf(task, kinds), ...unstarted]
    const hasChildren = tasks.length > 0 || records !== undefined
    const isItem = revision > 7 && beside.apart === true
    const seesItself = isItem && !namesCollection(task.id, around, beside)
    const outer = seesItself ? withItself(task, record, around, beside) : around
    atEnd = hasChildren ? createSiblings(tasks, { outer, records }) : outer
    return atEnd
  }
  return { open, running: () => around, ended, edgeFailed: ended }
}

/** Whether an id is that of the collection itself: a task without an id of its own takes it. */
function namesCollection(id: string, around: SiblingTasks, items: SiblingTasks): boolean {
  let level: SiblingTasks | undefined = around
  while (level !== undefined && !level.records.has(id)) level = level.outer
  return level?.records.get(id)?.children === items
}

/**
 * The task of an item under the name that its templates know, over the level that it sees: that
 * level does not have it, so that the items do not see each other.
 */
function withItself(
  { id }: TaskIr,
  record: TaskProgress,
  outer: SiblingTasks,
  beside: SiblingTasks,
): SiblingTasks {
  const own = createSiblings([], { outer, records: new Map([[id, record]]) })
  // Its changes are noted where it is recorded.
  return Object.defineProperty(own, 'revision', { get: () => beside.revision })
}
