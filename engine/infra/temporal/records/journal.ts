import { defined, type Mutable } from '../../../core/defined.ts'
import type { TaskError } from '../../../core/task-error.ts'
import type { JsonValue } from '../../../core/json.ts'
import type { TaskStatus } from '../../../definition/run-protocol.ts'
import {
  statusOnceClosed,
  type AttemptRecord,
  type ChildRecord,
  type HistoryEntry,
  type HistoryType,
  type InterruptedTask,
  type RunRecords,
  type SignalRecord,
  type TaskRecord,
} from '../../../definition/run-records.ts'
import type {
  TaskOutcomeRecord,
  RunRecorder,
  StartedTask,
  TakenSignal,
} from '../../../definition/run-recorder.ts'

/** What a journal keeps at most, so that no run fills the memory of the process that reads it. */
export const journalLimits = {
  tasks: 200_000,
  entries: 500_000,
  /** Attempts of one task: so many of the first and of the last ones. */
  attempts: 25,
  children: 50,
  signals: 50,
} as const

/** A tool call as Temporal saw it: more exact than the workflow tasks around it. */
export interface CallTimes {
  readonly startedAt?: number
  readonly endedAt?: number
  readonly deliveries?: number
}

interface Task extends Mutable<Omit<TaskRecord, 'attempts' | 'children' | 'signals'>> {
  attempts: Mutable<AttemptRecord>[]
  children: ChildRecord[]
  signals: SignalRecord[]
}

const endTypes = {
  completed: 'task_completed',
  failed: 'task_failed',
  skipped: 'task_skipped',
  timed_out: 'task_timed_out',
  canceled: 'task_canceled',
} as const satisfies Readonly<Record<TaskOutcomeRecord['status'], HistoryType>>

/** Writes down what happens in a run, over all the runs of its chain. */
export class Journal implements RunRecorder {
  readonly #tasks = new Map<string, Task>()
  readonly #history: HistoryEntry[] = []
  /** Where children are named whose start is not recorded yet. */
  readonly #children = new Map<string, readonly { exec_id: string }[]>()
  /** The last signal that each task took, where it is told: its wait may still refuse it. */
  readonly #lastTaken = new Map<string, readonly Mutable<SignalRecord | HistoryEntry>[]>()
  /** The signal that each task waits for. */
  readonly #awaited = new Map<string, string>()
  #interrupted: readonly InterruptedTask[] = []
  #truncated = false
  /** False once the run has more values than a process may keep. */
  #keepsValues = true

  /** Returns what was written so far. */
  read(): RunRecords {
    return {
      tasks: [...this.#tasks.values()],
      history: this.#history,
      interrupted: this.#interrupted,
      truncated: this.#truncated,
    }
  }

  /** From now on inputs and outputs are left out. */
  dropValues(): void {
    this.#keepsValues = false
    this.#truncated = true
  }

  note(entry: HistoryEntry): void {
    if (this.#history.length < journalLimits.entries) this.#history.push(entry)
    else this.#truncated = true
  }

  taskStarted({ key, path, type, visit }: StartedTask, at: number): void {
    // A task that an earlier run of the chain began goes on.
    if (this.#tasks.get(key)?.status === 'running') return
    if (this.#tasks.size >= journalLimits.tasks) {
      this.#truncated = true
      return
    }
    this.#tasks.set(key, {
      id: path,
      type,
      visit,
      status: 'running',
      started_at: at,
      ended_at: null,
      input: null,
      output: null,
      error: null,
      next: null,
      attempt_count: 0,
      attempts: [],
      children: [],
      signals: [],
    })
    this.note({ type: 'task_started', at, task: path })
  }

  inputComputed(key: string, input: JsonValue): void {
    const task = this.#tasks.get(key)
    if (task !== undefined && this.#keepsValues) task.input = input
  }

  attemptStarted(key: string, attempt: number, at: number): void {
    const task = this.#tasks.get(key)
    if (task === undefined) return
    // An attempt that an earlier run of the chain began goes on.
    const last = task.attempts.at(-1)
    if (last?.attempt === attempt && last.ended_at === null) return
    task.attempt_count = attempt
    task.attempts.push({ attempt, started_at: at, ended_at: null, error: null })
    if (task.attempts.length > 2 * journalLimits.attempts)
      task.attempts.splice(journalLimits.attempts, 1)
    if (attempt > 1) this.note({ type: 'attempt_started', at, task: task.id, attempt })
  }

  attemptFailed(key: string, attempt: number, error: TaskError, at: number): void {
    const task = this.#tasks.get(key)
    const found = attemptOf(task, attempt)
    if (task === undefined || found === undefined) return
    found.error = error
    found.ended_at ??= at
    this.note({ type: 'attempt_failed', at, task: task.id, attempt, error })
  }

  childStarted(key: string, child: { workflowId: string; execId: string }, at: number): void {
    const task = this.#tasks.get(key)
    if (task === undefined) return
    const { workflowId: workflow_id, execId: exec_id } = child
    const record = { workflow_id, exec_id }
    const entry = { type: 'child_started', at, task: task.id, exec_id } as const
    if (task.children.length < journalLimits.children) task.children.push(record)
    this.note(entry)
    this.#children.set(exec_id, [record, entry])
  }

  /** The child that a task started as `from` has the exec_id `to`. */
  childNamed(from: string, to: string): void {
    for (const named of this.#children.get(from) ?? []) named.exec_id = to
    this.#children.delete(from)
  }

  signalAwaited(key: string, name: string): void {
    this.#awaited.set(key, name)
  }

  signalTaken(key: string, { name, payload, receivedAt }: TakenSignal, at: number): void {
    this.#awaited.delete(key)
    const task = this.#tasks.get(key)
    if (task === undefined) return
    const record: Mutable<SignalRecord> = { name, payload, received_at: receivedAt }
    const entry: Mutable<HistoryEntry> = { type: 'signal_taken', at, task: task.id, signal: name }
    if (task.signals.length < journalLimits.signals) task.signals.push(record)
    this.note(entry)
    this.#lastTaken.set(key, [record, entry])
  }

  signalRefused(key: string): void {
    for (const taken of this.#lastTaken.get(key) ?? []) taken.refused = true
  }

  taskEnded(key: string, { status, output, error, next }: TaskOutcomeRecord, at: number): void {
    const task = this.#tasks.get(key)
    if (task === undefined) return
    this.#end(task, status, at)
    if (this.#keepsValues) task.output = output ?? null
    task.error = error ?? null
    task.next = next ?? null
    const failure = error === undefined ? {} : { error }
    this.note({ type: endTypes[status], at, task: task.id, ...failure })
  }

  /** Notes when a tool really ran. */
  callTimed(key: string, attempt: number, { startedAt, endedAt, deliveries }: CallTimes): void {
    const found = attemptOf(this.#tasks.get(key), attempt)
    if (found === undefined) return
    if (startedAt !== undefined) found.started_at = startedAt
    if (endedAt !== undefined) found.ended_at = endedAt
    if (deliveries !== undefined && deliveries > 1) found.deliveries = deliveries
  }

  /** Ends what was open when the run was closed from outside. */
  closeOpenTasks(at: number): void {
    const open = [...this.#tasks].filter(([, { status }]) => status === 'running')
    const containers = new Set(
      open.map(([, { id }]) => id.slice(0, Math.max(0, id.lastIndexOf('/')))),
    )
    this.#interrupted = open
      .filter(([, { id }]) => !containers.has(id))
      .map(([key, { id, attempt_count: attempt }]) =>
        defined({ id, attempt, signal: this.#awaited.get(key) }),
      )
    for (const [, task] of open) this.#end(task, statusOnceClosed(task.status), at)
  }

  #end(task: Task, status: Exclude<TaskStatus, 'running'>, at: number): void {
    task.status = status
    task.ended_at = at
    const last = task.attempts.at(-1)
    if (last !== undefined) last.ended_at ??= at
  }
}

function attemptOf(task: Task | undefined, attempt: number): Mutable<AttemptRecord> | undefined {
  return task?.attempts.findLast((found) => found.attempt === attempt)
}
