import type { Mutable } from '../../core/mutable.ts'
import type { JsonObject, JsonValue } from '../../core/json.ts'
import { defined } from '../../core/defined.ts'
import type { TaskError } from '../../core/task-error.ts'
import type { TaskIr, TaskType } from '../../definition/task-ir.ts'
import type { FailedAttempt, TaskStatus, TaskView } from '../../definition/run-protocol.ts'

/** What is known of a task that started. Times in ms since 1970. */
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
   */
  before?: JsonObject
  /** While the task runs: what it needs to go on in the next run of the chain. */
  position?: () => ResumePoint
  /** Where an earlier run of the chain left the task; taken when it goes on. */
  left?: ResumePoint
}

/** What a task in progress carries when the run continues as new. JSON. */
export type ResumePoint = {
  /** Its place among the waits of the run. */
  readonly rank: number
  /** Its input, when it was computed. */
  readonly input?: JsonValue
  /** Its environment, when it was computed. */
  readonly env?: Readonly<Record<string, string>>
  /** When its pauses and limits end, ms since 1970. */
  readonly until?: Readonly<Partial<Record<TimerName, number>>>
  /** What its kind kept. */
  readonly kept?: JsonValue
}

/**
 * The timers that a task may have: its kind's own pause, its time limit, the pause before a retry.
 */
export type TimerName = 'pause' | 'limit' | 'retry'

/** Tasks that stand beside each other, and the levels around them. */
export interface SiblingTasks {
  readonly outer?: SiblingTasks
  /** Tasks that are known before they run. */
  readonly tasks: readonly TaskIr[]
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
  tasks: readonly TaskIr[],
  { outer, apart, records = new Map() }: SiblingOptions = {},
): SiblingTasks {
  return { tasks, records, revision: 0, ...defined({ outer, apart }) }
}

function timeText(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString()
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

/** A level as its query shows it. `outputs: false` leaves out what tasks below the level gave. */
export function viewOf(level: SiblingTasks): Readonly<Record<string, TaskView>> {
  const pending = level.tasks
    .filter(({ id }) => !level.records.has(id))
    .map(({ id, type }) => [id, { type, status: 'pending', attempts: 0 }] as const)
  const started = [...level.records].map(([id, record]) => [id, viewOfRecord(record)] as const)
  return Object.fromEntries<TaskView>([...started, ...pending])
}

function viewOfRecord(record: TaskProgress): TaskView {
  const { type, status, attempts, startedAt, endedAt, output, error, failedAttempts, children } =
    record
  const view: Mutable<TaskView> = { type, status, attempts, started_at: startedAt }
  if (endedAt !== undefined) view.ended_at = endedAt
  if (output !== undefined) view.output = output
  if (error !== undefined) view.error = error
  if (failedAttempts !== undefined) view.failed_attempts = failedAttempts
  if (children !== undefined) view.tasks = viewOf(children)
  return view
}
