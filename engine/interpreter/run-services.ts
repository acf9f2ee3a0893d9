import type { CelCache } from '../template/sandbox.ts'
import type { TaskKinds } from '../kinds/kind.ts'
import type { Roots } from '../kinds/task-context.ts'
import type { Observation } from '../core/observation.ts'
import type { Requests } from './requests.ts'
import type { Scheduler } from './scheduler.ts'
import type { Signals } from './signals.ts'
import type { Slice } from './slice.ts'
import type { TaskProgress } from './task/task-progress.ts'
import type { TaskError } from '../core/task-error.ts'
import type { InterpreterRevision } from '../definition/run-protocol.ts'
import type { RunRecorder } from '../definition/run-recorder.ts'

/** What all tasks of one run share. */
export interface RunServices {
  readonly execId: string
  readonly kinds: TaskKinds
  /** Roots of templates that are the same everywhere. */
  readonly roots: Roots
  /** Environment of every tool of the run. */
  readonly env: Readonly<Record<string, string>>
  readonly now: () => number
  readonly uuid: () => string
  readonly scheduler: Scheduler
  readonly requests: Requests
  readonly signals: Signals
  /** Conditions that were parsed already. */
  readonly celCache: CelCache
  readonly observe: (observation: Observation) => void
  /** Grows by one with each call: tells which task began first. */
  readonly nextRank: () => number
  /** Which rules of the interpreter the run began with. */
  readonly revision: InterpreterRevision
  readonly slice: Slice
  /** Keeps the error of an attempt that another one follows. */
  noteAttempt(record: TaskProgress, error: TaskError): void
  /** Only where a history is read. */
  readonly recorder: RunRecorder | undefined
}
