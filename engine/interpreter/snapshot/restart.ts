import type { FlowPosition } from '../../kinds/shared/run-flow.ts'
import type { RestartOptions } from '../../definition/run-protocol.ts'
import type { CarriedState } from '../../definition/workflow-ir.ts'
import type { ResumePoint, SiblingTasks, TaskProgress } from '../task/task-progress.ts'
import { snapshotToJson } from './run-snapshot.ts'

/** Where a run ended, whatever ended it. */
export interface StoppedRun {
  readonly position: FlowPosition
  readonly level: SiblingTasks
  readonly lastRank: number
}

/**
 * Returns what a run carries that begins at the task in which another one ended: the records of
 * the tasks before it, as a run that continues as new carries them. Undefined where no task failed
 * or was interrupted.
 */
export function restartState(
  { position, level, lastRank }: StoppedRun,
  { startedAt, keepsChildren }: RestartOptions,
): CarriedState | undefined {
  const { id } = position.following
  const last = level.records.get(id)
  const isDone = last?.status === 'completed' || last?.status === 'skipped'
  if (isDone && !position.sleeps) return undefined
  const records = new Map(level.records)
  const restarted = last && keepsChildren ? restartedRecord(last, startedAt) : undefined
  records.delete(id)
  if (restarted !== undefined) records.set(id, restarted)
  const carried = snapshotToJson({
    startedAt,
    position,
    hasStarted: true,
    lastRank,
    level: { ...level, records },
    signals: [],
  })
  return { ...carried, repeats: true }
}

/**
 * A container that starts again with what succeeded in it; undefined for a task that starts anew.
 */
function restartedRecord(record: TaskProgress, startedAt: number): TaskProgress | undefined {
  const { children, type, visit } = record
  if (children === undefined) return undefined
  const records = new Map<string, TaskProgress>()
  for (const [id, child] of children.records) {
    const isDone = child.status !== 'failed' && child.status !== 'canceled'
    const next = isDone && child.status !== 'running' ? child : restartedRecord(child, startedAt)
    if (next !== undefined) records.set(id, next)
  }
  return {
    type,
    visit,
    startedAt,
    status: 'running',
    attempts: 0,
    resumePoint: restartPoint(record.toResumePoint?.() ?? record.resumePoint, children),
    children: { ...children, records },
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
