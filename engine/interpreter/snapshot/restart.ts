import { defined } from '../../core/defined.ts'
import type { RestartOptions } from '../../definition/run-protocol.ts'
import type { CarriedState } from '../../definition/workflow-ir.ts'
import type { TaskKinds } from '../../kinds/kind.ts'
import type { FlowPosition } from '../../kinds/shared/run-flow.ts'
import {
  roundBefore,
  type ResumePoint,
  type SiblingTasks,
  type TaskProgress,
} from '../task/task-progress.ts'
import { snapshotToJson } from './run-snapshot.ts'

/** Where a run ended, whatever ended it. */
export interface StoppedRun {
  readonly position: FlowPosition
  readonly level: SiblingTasks
  readonly lastRank: number
  readonly kinds: TaskKinds
}

/**
 * Returns what a run carries that begins at the task in which another one ended: the records of
 * the tasks before it, as a run that continues as new carries them. Undefined where no task failed
 * or was interrupted.
 */
export function restartState(
  { position, level, lastRank, kinds }: StoppedRun,
  { startedAt, keepsChildren }: RestartOptions,
): CarriedState | undefined {
  const last = level.records.get(position.following.id)
  if (last !== undefined && isDone(last) && !position.sleeps) return undefined
  const restart = (record: TaskProgress): TaskProgress | undefined =>
    keepsChildren ? restartedRecord(record, { startedAt, kinds }) : roundBefore(record)
  const carried = snapshotToJson({
    startedAt,
    position,
    hasStarted: true,
    lastRank,
    level: { ...level, records: restartedFlow(level.records, position, restart) },
    signals: [],
  })
  return { ...carried, repeats: true }
}

function isDone({ status }: TaskProgress): boolean {
  return status === 'completed' || status === 'skipped' || status === 'timed_out'
}

/** What a task leaves behind that runs again; undefined where it leaves nothing. */
type Restart = (record: TaskProgress) => TaskProgress | undefined

/**
 * Only the task at its position runs again, and none where the flow slept: another one that failed
 * was handled or tolerated, and templates may read its failure.
 */
function restartedFlow(
  records: ReadonlyMap<string, TaskProgress>,
  { following: { id }, sleeps }: FlowPosition,
  restart: Restart,
): Map<string, TaskProgress> {
  const kept = new Map(records)
  const last = kept.get(id)
  if (last === undefined || sleeps || isDone(last)) return kept
  // Set anew, so that the latest execution comes last.
  kept.delete(id)
  const next = restart(last)
  if (next !== undefined) kept.set(id, next)
  return kept
}

/** Whatever did not succeed runs again. */
function restartedChildren(
  records: ReadonlyMap<string, TaskProgress>,
  restart: Restart,
): Map<string, TaskProgress> {
  const kept = new Map<string, TaskProgress>()
  for (const [id, record] of records) {
    const next = isDone(record) ? record : restart(record)
    if (next !== undefined) kept.set(id, next)
  }
  return kept
}

interface RestartContext {
  readonly startedAt: number
  readonly kinds: TaskKinds
}

/**
 * A container starts again with what is kept in it. A task that starts anew leaves the round before
 * it.
 */
function restartedRecord(record: TaskProgress, context: RestartContext): TaskProgress | undefined {
  const { children, type, visit, before } = record
  if (children === undefined) return roundBefore(record)
  const left = record.toResumePoint?.() ?? record.resumePoint
  const restart: Restart = (child) => restartedRecord(child, context)
  const position = context.kinds.find(type)?.positionOf?.(left?.kept)
  const records =
    position === undefined
      ? restartedChildren(children.records, restart)
      : restartedFlow(children.records, position, restart)
  return {
    type,
    visit,
    startedAt: context.startedAt,
    status: 'running',
    attempts: 0,
    resumePoint: restartPoint(left, children),
    children: { ...children, records },
    ...defined({ before }),
  }
}

/**
 * Input and environment are computed anew, and so are the items of a collection, which no longer
 * keeps those whose task has ended.
 */
function restartPoint(last: ResumePoint | undefined, { apart }: SiblingTasks): ResumePoint {
  const point = { rank: last?.rank ?? 0 }
  return apart === true || last?.kept === undefined ? point : { ...point, kept: last.kept }
}
