import { defined } from '../../core/defined.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts'
import type { TaskError } from '../../core/task-error.ts'
import type { FlowPosition } from '../../kinds/shared/run-flow.ts'
import type { NextTask, ReceivedSignal } from '../../kinds/task-context.ts'
import type { TaskIr, TaskType } from '../../definition/task-ir.ts'
import type { CarriedState } from '../../definition/workflow-ir.ts'
import { compactToJson, isCompact, recordsFromCompact } from './compact-records.ts'
import {
  createSiblings,
  type ResumePoint,
  type SiblingTasks,
  type TaskProgress,
} from '../task/task-progress.ts'

/** Where a run stands when it continues as new. */
export interface RunSnapshot {
  /** When the first run of the chain started, ms since 1970. */
  readonly startedAt: number
  readonly position: Pick<FlowPosition, 'following' | 'passed' | 'sleeps'>
  /** When the sleep before the following task ends, ms since 1970. */
  readonly sleepsUntil?: number | undefined
  /** Whether the following task has started, and goes on where it was. */
  readonly hasStarted: boolean
  /** The last rank given to a wait. */
  readonly lastRank: number
  readonly level: SiblingTasks
  readonly signals: readonly ReceivedSignal[]
}

/** The shape of what is carried: {@link RunSnapshot} as JSON. Older shapes must stay readable. */
interface SnapshotJson extends CarriedState {
  readonly passed: number
  readonly following: JsonObject
  readonly records: JsonObject
  readonly signals: readonly JsonValue[]
  /** Absent where a run of an older engine stood between two tasks. */
  readonly sleeps?: boolean
  readonly sleepsUntil?: number
  readonly hasStarted?: boolean
  readonly lastRank?: number
}

/**
 * A value that is JSON by its type, but an interface, which TypeScript gives no index signature.
 */
function asJson(value: object): JsonObject {
  return value as JsonObject
}

/**
 * Returns what a run takes along: its tasks' records, signals, and position. Outputs of nested
 * tasks are kept only below tasks that go on.
 */
export function snapshotToJson(snapshot: RunSnapshot): CarriedState {
  const { startedAt, position, sleepsUntil, hasStarted, lastRank, level, signals } = snapshot
  const carried: SnapshotJson = defined({
    startedAt,
    passed: position.passed,
    following: asJson(position.following),
    records: recordsToJson(level, true),
    signals: signals.map(({ id, payload, receivedAt }) => ({ id, payload, receivedAt })),
    sleeps: position.sleeps,
    sleepsUntil,
    hasStarted,
    lastRank,
  })
  return carried
}

/** Reads what {@link snapshotToJson} gave, of this engine or an older one. */
export function snapshotFromJson(carried: CarriedState, tasks: readonly TaskIr[]): RunSnapshot {
  const { startedAt, passed, following, records, signals, ...rest } = carried as SnapshotJson
  const { sleeps, sleepsUntil, hasStarted, lastRank } = rest
  return {
    startedAt,
    position: {
      passed,
      following: following as NextTask,
      sleeps: sleeps ?? false,
    },
    sleepsUntil,
    hasStarted: hasStarted ?? false,
    lastRank: lastRank ?? 0,
    level: createSiblings(tasks, { records: recordsFromJson(records) }),
    signals: signals as readonly ReceivedSignal[],
  }
}

function recordsToJson(level: SiblingTasks, withOutputs: boolean): JsonObject {
  if (level.apart === true) return compactToJson(level, withOutputs, recordToJson)
  return Object.fromEntries(
    [...level.records].map(([id, record]) => [id, recordToJson(record, withOutputs)]),
  )
}

function recordToJson(record: TaskProgress, withOutput: boolean): JsonObject {
  const { children, output, error, errors, before, toResumePoint, resumePoint, ...rest } = record
  const goesOn = record.status === 'running'
  return asJson(
    defined({
      ...rest,
      output: withOutput ? output : undefined,
      error,
      errors: errors === undefined || errors.length === 0 ? undefined : errors,
      before: goesOn ? before : undefined,
      left: goesOn ? (toResumePoint?.() ?? resumePoint) : undefined,
      children: children === undefined ? undefined : recordsToJson(children, goesOn),
      // A task that goes on finds its children in the definition.
      unstarted: children === undefined || goesOn ? undefined : unstartedIn(children),
    }),
  )
}

/** The tasks of a level that never ran, with their types; undefined when there are none. */
function unstartedIn({ tasks, records }: SiblingTasks): JsonObject | undefined {
  const unstarted = tasks.filter(({ id }) => !records.has(id))
  if (unstarted.length === 0) return undefined
  return Object.fromEntries(unstarted.map(({ id, type }) => [id, type]))
}

function recordsFromJson(records: JsonObject): Map<string, TaskProgress> {
  if (isCompact(records)) return recordsFromCompact(records, recordFromJson)
  return new Map(
    Object.entries(records).map(([id, value]) => [id, recordFromJson(value as JsonObject)]),
  )
}

function recordFromJson(value: JsonObject): TaskProgress {
  const { children, error, errors, left, unstarted = {}, ...rest } = value
  // Written by recordToJson. The cast adds the two resume fields, which JSON cannot type.
  const record = { ...rest } as unknown as TaskProgress
  if (error !== undefined) record.error = error as TaskError
  if (errors !== undefined) record.errors = errors as readonly TaskError[]
  if (left !== undefined) record.resumePoint = left as ResumePoint
  if (isJsonObject(children)) {
    const apart = isCompact(children)
    const tasks = Object.entries(unstarted as Record<string, TaskType>)
    record.children = createSiblings(
      tasks.map(([id, type]) => ({ id, type })),
      { records: recordsFromJson(children), apart },
    )
  }
  return record
}
