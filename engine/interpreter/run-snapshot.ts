import type { JsonObject, JsonValue } from '../core/json.ts'
import type { TaskError } from '../core/task-error.ts'
import type { NextTask, ReceivedSignal } from '../kinds/task-context.ts'
import type { TaskIr } from '../definition/task-ir.ts'
import type { CarriedState } from '../definition/workflow-ir.ts'
import { createSiblings, type SiblingTasks, type TaskProgress } from './task-progress.ts'

/** Where a run stands between two of its tasks. */
export interface RunSnapshot {
  /** When the first run of the chain started, ms since 1970. */
  readonly startedAt: number
  /** Tasks passed so far. */
  readonly passed: number
  readonly following: NextTask
  readonly level: SiblingTasks
  readonly signals: readonly ReceivedSignal[]
}

/** The shape of what is carried: {@link RunSnapshot} as JSON. Older shapes must stay readable. */
interface SnapshotJson extends CarriedState {
  readonly passed: number
  readonly following: JsonObject
  readonly records: JsonObject
  readonly signals: readonly JsonValue[]
}

/** What a run takes along when it continues as new: the tasks' records, without the outputs of nested tasks. */
export function snapshotToJson({
  startedAt,
  passed,
  following,
  level,
  signals,
}: RunSnapshot): CarriedState {
  const carried: SnapshotJson = {
    startedAt,
    passed,
    following: following as unknown as JsonObject,
    records: recordsToJson(level, true),
    signals: signals.map(({ id, payload, receivedAt }) => ({ id, payload, receivedAt })),
  }
  return carried
}

/** The opposite of {@link carry}. */
export function snapshotFromJson(carried: CarriedState, tasks: readonly TaskIr[]): RunSnapshot {
  const { startedAt, passed, following, records, signals } = carried as SnapshotJson
  return {
    startedAt,
    passed,
    following: following as unknown as NextTask,
    level: siblingsFromJson(records, tasks),
    signals: signals as unknown as readonly ReceivedSignal[],
  }
}

function recordsToJson(level: SiblingTasks, withOutputs: boolean): JsonObject {
  return Object.fromEntries(
    [...level.records].map(([id, { children, output, error, errors, ...rest }]) => [
      id,
      {
        ...rest,
        ...(withOutputs && output !== undefined && { output }),
        ...(error !== undefined && { error: error as unknown as JsonObject }),
        ...(errors !== undefined &&
          errors.length > 0 && { errors: errors as unknown as JsonValue }),
        ...(children !== undefined && { children: recordsToJson(children, false) }),
      },
    ]),
  )
}

function siblingsFromJson(records: JsonObject, tasks: readonly TaskIr[]): SiblingTasks {
  const level = createSiblings(tasks)
  for (const [id, value] of Object.entries(records)) {
    const { children, error, errors, ...rest } = value as JsonObject
    level.records.set(id, {
      ...(rest as unknown as TaskProgress),
      ...(error !== undefined && { error: error as unknown as TaskError }),
      ...(errors !== undefined && { errors: errors as unknown as readonly TaskError[] }),
      ...(children !== undefined && { children: siblingsFromJson(children as JsonObject, []) }),
    })
  }
  return level
}
