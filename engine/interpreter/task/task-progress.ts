import type { JsonObject, JsonValue } from '../../core/json.ts'
import { defined } from '../../core/defined.ts'
import type { TaskError } from '../../core/task-error.ts'
import type { TaskType } from '../../definition/task-ir.ts'
import type { FailedAttempt, TaskStatus, TaskView } from '../../definition/run-protocol.ts'
import type { KnownTask } from '../../kinds/task-context.ts'
import type { TaskReader } from '../size/bounded-view.ts'

/**
 * What is known of a task that started. Times in ms since 1970. What a task no longer needs becomes
 * undefined: an object that a key is deleted from takes five times the memory.
 */
export interface TaskProgress {
  readonly type: TaskType
  /** How often the task was started in this run: more than once in a loop. */
  readonly visit: number
  readonly startedAt: number
  status: TaskStatus
  attempts: number
  endedAt?: number
  output?: JsonValue
  error?: TaskError
  errors?: readonly TaskError[]
  /** The last attempts that failed and were made again. */
  failedAttempts?: readonly FailedAttempt[]
  /** What is below a container. */
  children?: SiblingTasks
  /**
   * `.tasks.<id>` after the round before this one, which templates see until this one has ended.
   * Where a history is read, a task that did not succeed keeps it: a rerun begins there.
   */
  before?: JsonObject | undefined
  /** While the task runs: returns what it needs to go on in the next run of the chain. */
  toResumePoint?: (() => ResumePoint) | undefined
  /** Where an earlier run of the chain stopped the task; cleared when it goes on. */
  resumePoint?: ResumePoint | undefined
}

/** What a task in progress carries when the run continues as new. JSON. */
export type ResumePoint = {
  /** Its place among the waits of the run. */
  readonly rank: number
  /** Its input, when it was computed. */
  readonly input?: JsonValue
  /** Its environment, when it was computed. */
  readonly env?: Readonly<Record<string, string>>
  /** When its pauses and limits end. */
  readonly until?: TimerEnds
  /** What its kind kept. */
  readonly kept?: JsonValue
}

/**
 * The timers that a task may have: its kind's own pause, its time limit, the pause before a retry.
 */
export type TimerName = 'pause' | 'limit' | 'retry'

/** When timers end, ms since 1970. */
export type TimerEnds = Readonly<Partial<Record<TimerName, number>>>

/** Tasks that stand beside each other, and the levels around them. */
export interface SiblingTasks {
  readonly outer?: SiblingTasks
  /** Tasks that are known before they run. */
  readonly tasks: readonly KnownTask[]
  readonly records: Map<string, TaskProgress>
  /** Children that do not see each other: the items of a collection. */
  readonly apart?: boolean
  /** Grows with every change of this level's records. */
  revision: number
  /** `.tasks` as it was at a revision of this level and those around it. */
  seen?: { readonly revision: number; readonly tasks: JsonObject }
}

/** Options of {@link createSiblings}. */
export interface SiblingOptions {
  readonly outer?: SiblingTasks | undefined
  readonly apart?: boolean | undefined
  /** Records of an earlier run of the chain. */
  readonly records?: Map<string, TaskProgress> | undefined
}

/** Returns siblings of which none has started, unless `records` says otherwise. */
export function createSiblings(
  tasks: readonly KnownTask[],
  { outer, apart, records = new Map() }: SiblingOptions = {},
): SiblingTasks {
  return { tasks, records, revision: 0, ...defined({ outer, apart }) }
}

/** Notes that a record of a level changed: `.tasks` is made anew for the next template. */
export function noteChange(level: SiblingTasks): void {
  level.revision++
}

function timeText(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString()
}

/** `.tasks.<id>` of a task that ran. */
type TaskEntry = {
  readonly output: JsonValue
  readonly status: TaskStatus
  readonly error: TaskError | null
  readonly errors: readonly TaskError[]
  readonly attempts: number
  readonly started_at: string
  readonly ended_at: string | null
}

/**
 * `.tasks.<id>` of a task; `undefined`: it never ran. In a loop the last round counts until this
 * one has ended.
 */
export function entryOf(record: TaskProgress | undefined): JsonObject {
  if (record?.status === 'running' && record.before !== undefined)
    return record.errors === undefined ? record.before : { ...record.before, errors: record.errors }
  return {
    output: record?.output ?? null,
    status: record?.status ?? 'pending',
    error: record?.error ?? null,
    errors: record?.errors ?? [],
    attempts: record?.attempts ?? 0,
    started_at: timeText(record?.startedAt),
    ended_at: timeText(record?.endedAt),
  }
}

/** The record of the round before, from what templates saw of it; undefined in the first one. */
export function roundBefore({ type, visit, before }: TaskProgress): TaskProgress | undefined {
  if (before === undefined) return undefined
  const { status, attempts, output, error, errors, started_at, ended_at } = before as TaskEntry
  return {
    type,
    visit: visit - 1,
    startedAt: Date.parse(started_at),
    status,
    attempts,
    ...defined({
      output: output ?? undefined,
      endedAt: ended_at === null ? undefined : Date.parse(ended_at),
      error: error ?? undefined,
      errors: errors.length === 0 ? undefined : errors,
    }),
  }
}

function chainRevision(level: SiblingTasks | undefined): number {
  let sum = 0
  for (let at = level; at !== undefined; at = at.outer) sum += at.revision
  return sum
}

/** `.tasks` as seen from a level: its own tasks over those of the levels around it. */
export function tasksOf(level: SiblingTasks): JsonObject {
  const revision = chainRevision(level)
  if (level.seen?.revision === revision) return level.seen.tasks
  const tasks: Record<string, JsonValue> =
    level.outer === undefined ? {} : { ...tasksOf(level.outer) }
  for (const { id } of level.tasks) tasks[id] = entryOf(level.records.get(id))
  for (const [id, record] of level.records) tasks[id] = entryOf(record)
  level.seen = { revision, tasks }
  return tasks
}

/** Reads records for a view. Tasks that never ran come last. */
export const recordReader: TaskReader<SiblingTasks, TaskProgress | PendingTask> = {
  sizeOf: ({ records, tasks }) => records.size + tasks.filter(({ id }) => !records.has(id)).length,
  *entriesOf({ records, tasks }) {
    yield* records
    for (const { id, type } of tasks) if (!records.has(id)) yield [id, pendingTask(type)]
  },
  find({ records, tasks }, id) {
    const pending = tasks.find((task) => task.id === id)
    return records.get(id) ?? (pending && pendingTask(pending.type))
  },
  statusOf: ({ status }) => status,
  viewOf: viewOfRecord,
  childrenOf: ({ children }) => children,
}

/** A task that is known and has not started. */
type PendingTask = Pick<TaskProgress, 'type' | 'status' | 'attempts'> & {
  readonly [Field in Exclude<keyof TaskProgress, 'type' | 'status' | 'attempts'>]?: never
}

function pendingTask(type: TaskType): PendingTask {
  return { type, status: 'pending', attempts: 0 }
}

function viewOfRecord(record: TaskProgress | PendingTask): TaskView {
  const { type, status, attempts, startedAt, endedAt, output, error, failedAttempts } = record
  return defined({
    type,
    status,
    attempts,
    started_at: startedAt,
    ended_at: endedAt,
    output,
    error,
    failed_attempts: failedAttempts,
  })
}
