import type { TaskIr } from '../../definition/task-ir.ts'
import type { JsonValue } from '../../core/json.ts'
import { namesNext } from '../../kinds/shared/child-tasks.ts'
import type { ChildOptions, Nest, Roots, TaskEnd } from '../../kinds/task-context.ts'
import type { Steps } from '../../kinds/steps.ts'
import type { Scope } from '../../template/sandbox.ts'
import type { RunServices } from '../run-services.ts'
import type { ParentScope } from '../scope.ts'
import type { TaskProgress } from './task-progress.ts'

/** Runs a nested task. Handed in, because running a task and its kind need each other. */
export type RunTask = (
  services: RunServices,
  task: TaskIr,
  enclosing: ParentScope,
  options: ChildOptions,
) => Steps<TaskEnd>

/** What a nest needs of the task that opens it. */
export interface NestOwner {
  readonly services: RunServices
  readonly runTask: RunTask
  /** The scope of the owner's own templates. */
  scope(roots: Roots): Scope
}

/**
 * Creates the access of a kind to the tasks below its task.
 * @param inner what surrounds those tasks
 * @param kept how an earlier run of the chain left them; undefined if it did not start any
 */
export function createNest(
  { services, runTask, scope }: NestOwner,
  tasks: readonly TaskIr[],
  inner: ParentScope,
  kept: ReadonlyMap<string, TaskProgress> | undefined,
): Nest {
  const { records } = inner.records
  return {
    get isListed() {
      return !tasks.some((child) => namesNext(child, services.kinds))
    },
    scope: (roots) => scope(services.revision > 7 ? { ...roots, parent: inner.parent } : roots),
    run: (child, options = {}) => runTask(services, child, inner, options),
    outputOf: (id): JsonValue => records.get(id)?.output ?? null,
    endOf: (id) => endOf(kept?.get(id)),
    isUnderWay: (id) => kept?.get(id)?.resumePoint !== undefined,
    hasEnded: (id) => endOf(records.get(id)) !== undefined,
  }
}

/** How a task ended, as its container sees it; undefined for one that did not. */
function endOf(record: TaskProgress | undefined): TaskEnd | undefined {
  if (record === undefined) return undefined
  const { status, output = null, error } = record
  if (status === 'running' || status === 'pending' || status === 'canceled') return undefined
  return error === undefined ? { status, output } : { status, output, error }
}
