import type { TaskIr } from '../../definition/task-ir.ts'
import { childTasksOf } from '../../kinds/shared/child-tasks.ts'
import type { KnownTask } from '../../kinds/task-context.ts'
import type { RunServices } from '../run-services.ts'
import type { ParentScope } from '../scope.ts'
import { createSiblings, type SiblingTasks, type TaskProgress } from './task-progress.ts'

type Services = Pick<RunServices, 'kinds' | 'revision'>

const none = (): readonly KnownTask[] => []

/** The levels in which the templates of one task look up `.tasks`. */
export class TaskLevels {
  readonly #services: Services
  readonly #task: TaskIr
  readonly #record: TaskProgress
  readonly #around: SiblingTasks
  readonly #beside: SiblingTasks
  #below: SiblingTasks | undefined
  #children = none
  #ended: SiblingTasks | undefined

  /** @param enclosing what surrounds the task */
  constructor(
    services: Services,
    task: TaskIr,
    record: TaskProgress,
    enclosing: Pick<ParentScope, 'visible' | 'records'>,
  ) {
    this.#services = services
    this.#task = task
    this.#record = record
    this.#around = enclosing.visible
    this.#beside = enclosing.records
  }

  /** Notes the level below the task; `known`: tasks that it may have, besides its own. */
  open(below: SiblingTasks, known: () => readonly KnownTask[]): void {
    this.#below = below
    this.#children = known
  }

  /** For what is read while the task runs: the level around it. */
  running(): SiblingTasks {
    return this.#isBefore6() ? this.#newest() : this.#around
  }

  /** For what is read at its end: its children too, whether they ran or not. */
  ended(): SiblingTasks {
    if (this.#isBefore6()) return this.#newest()
    return (this.#ended ??= this.#atEnd())
  }

  /** For `on_error`, where an edge failed. */
  edgeFailed(): SiblingTasks {
    return this.#isBefore6() ? this.#around : this.ended()
  }

  /** The end saw no children then before the level was open, and a router's only one. */
  #isBefore6(): boolean {
    const { revision } = this.#services
    return revision < 6
  }

  #newest(): SiblingTasks {
    return this.#below ?? this.#around
  }

  #atEnd(): SiblingTasks {
    const { kinds, revision } = this.#services
    const records = (this.#below ?? this.#record.children)?.records
    // Most of the many items of a collection have a record.
    const unstarted = this.#children().filter(({ id }) => records?.has(id) !== true)
    const tasks = [...childTasksOf(this.#task, kinds), ...unstarted]
    const hasChildren = tasks.length > 0 || records !== undefined
    const around = this.#around
    const beside = this.#beside
    const isItem = revision > 7 && beside.apart === true
    const seesItself = isItem && !namesCollection(this.#task.id, around, beside)
    const outer = seesItself ? withItself(this.#task, this.#record, around, beside) : around
    return hasChildren ? createSiblings(tasks, { outer, records }) : outer
  }
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
