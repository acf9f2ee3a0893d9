import type { JsonObject, JsonValue } from '../../core/json.ts'
import type { TaskError } from '../../core/task-error.ts'
import type { TaskStatus } from '../../definition/run-protocol.ts'
import type { SiblingTasks, TaskProgress } from '../task/task-progress.ts'

/** Items of a collection whose times and attempts are carried, and failed ones beyond them. */
const detailedItems = 100

/** A character for each status, frozen: open runs carry them. */
const codeOf = {
  completed: 'c',
  failed: 'f',
  skipped: 's',
  timed_out: 't',
  canceled: 'x',
  running: 'r',
  pending: 'p',
} as const satisfies Readonly<Record<TaskStatus, string>>
const statusOf = new Map<string, TaskStatus>(
  Object.entries(codeOf).map(([status, code]) => [code, status as TaskStatus]),
)

/**
 * The records of a collection's items as they are carried: a character for each status, and the
 * outputs in a list, so that a collection of any size takes little more than its outputs.
 */
interface CompactRecords extends JsonObject {
  readonly compact: 1
  readonly type: string
  /** Times that items without details get. */
  readonly at: number
  /** The ids in order, or their common prefix when each id is that prefix and the index. */
  readonly ids: string | readonly string[]
  readonly statuses: string
  readonly outputs: readonly JsonValue[]
  /** Errors of items without details, by index. */
  readonly errors: JsonObject
  /** Whole records by index. */
  readonly details: JsonObject
}

type ToJson = (record: TaskProgress, withOutput: boolean) => JsonObject
type FromJson = (json: JsonObject) => TaskProgress

/** Reports whether records were written by {@link compactToJson}. No task's record is a number. */
export function isCompact(records: JsonObject): records is CompactRecords {
  return records['compact'] === 1
}

/** Returns the records of items as JSON. */
export function compactToJson(
  { records }: SiblingTasks,
  withOutputs: boolean,
  toJson: ToJson,
): CompactRecords {
  const entries = [...records]
  const [, first] = entries[0] ?? []
  const outputs: JsonValue[] = []
  const errors: Record<string, JsonValue> = {}
  const details: Record<string, JsonValue> = {}
  let statuses = ''
  let detailedFailures = 0
  for (const [index, [, record]] of entries.entries()) {
    const { status, error, output = null } = record
    statuses += codeOf[status]
    const isDetailed =
      index < detailedItems ||
      status === 'running' ||
      (error !== undefined && detailedFailures++ < detailedItems)
    if (isDetailed) details[index] = toJson(record, withOutputs)
    if (!withOutputs) continue
    outputs.push(isDetailed ? 0 : output)
    if (!isDetailed && error !== undefined) errors[index] = error
  }
  return {
    compact: 1,
    type: first?.type ?? '',
    at: first?.startedAt ?? 0,
    ids: compactIds(entries.map(([id]) => id)),
    statuses,
    outputs,
    errors,
    details,
  }
}

function compactIds(ids: readonly string[]): string | readonly string[] {
  const prefix = ids[0]?.endsWith('-0') === true ? ids[0].slice(0, -1) : undefined
  return prefix !== undefined && ids.every((id, index) => id === `${prefix}${index}`) ? prefix : ids
}

/** Reads what {@link compactToJson} gave. */
export function recordsFromCompact(
  compact: CompactRecords,
  fromJson: FromJson,
): Map<string, TaskProgress> {
  const { statuses, ids, details } = compact
  const records = new Map<string, TaskProgress>()
  for (let index = 0; index < statuses.length; index++) {
    const id = typeof ids === 'string' ? `${ids}${index}` : ids[index]!
    const detail = details[index]
    const record =
      detail === undefined ? plainRecord(compact, index) : fromJson(detail as JsonObject)
    records.set(id, record)
  }
  return records
}

function plainRecord(compact: CompactRecords, index: number): TaskProgress {
  const { type, at, statuses, outputs, errors } = compact
  const status = statusOf.get(statuses[index]!) ?? 'canceled'
  const record: TaskProgress = {
    type,
    visit: 1,
    startedAt: at,
    endedAt: at,
    status,
    attempts: status === 'skipped' ? 0 : 1,
  }
  const output = outputs[index]
  if (output !== undefined) record.output = output
  const error = errors[index]
  if (error !== undefined) record.error = error as TaskError
  return record
}
