import type { LimitName, Observation } from '../core/observation.ts'
import type { TaskError } from '../core/task-error.ts'
import type { Command, InterpreterRevision, RunContext } from '../definition/run-protocol.ts'
import type { RunRecorder } from '../definition/run-recorder.ts'
import type { RunStart } from '../definition/workflow-ir.ts'
import type { TaskKinds } from '../kinds/kind.ts'
import type { ReceivedSignal } from '../kinds/task-context.ts'
import type { CelCache } from '../template/sandbox.ts'
import { createRequests, requestRulesOf, type Requests } from './requests.ts'
import { createRoom, type ChildRoom } from './room.ts'
import { createScheduler, type Scheduler } from './scheduler.ts'
import { runRoots, type RunRoots } from './scope.ts'
import { createSignals, type Signals } from './signals.ts'
import { createSlice, type Slice } from './slice.ts'
import { noteAttempt } from './task/note-attempt.ts'
import type { TaskProgress } from './task/task-progress.ts'

/** What all tasks of one run share. */
export interface RunServices {
  readonly execId: string
  readonly kinds: TaskKinds
  /** Roots of templates that are the same everywhere. */
  readonly roots: RunRoots
  /** Environment of every tool of the run. */
  readonly env: Readonly<Record<string, string>>
  readonly now: () => number
  readonly uuid: () => string
  readonly scheduler: Scheduler
  readonly requests: Requests
  readonly room: ChildRoom
  readonly signals: Signals
  /** Conditions that were parsed already. */
  readonly celCache: CelCache
  readonly observe: (observation: Observation) => void
  /** Tells monitoring which limit a task or the run exceeded, if one was. */
  countExcess(limit: LimitName | undefined): void
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

/** What the services need of the run that they serve. */
interface ServedRun {
  readonly kinds: TaskKinds
  /** Signals that the run carried along and no task has taken. */
  readonly signals: readonly ReceivedSignal[] | undefined
  readonly now: () => number
  readonly nextRank: () => number
  readonly emit: (command: Command) => void
}

/** Creates the services of a run, by the rules of its revision. */
export function createRunServices(
  start: RunStart,
  { execId, uuid, revision, recorder }: RunContext,
  { kinds, signals, now, nextRank, emit }: ServedRun,
): RunServices {
  const isRevision1 = revision === 1
  const slice = createSlice(!isRevision1)
  const observe = (observation: Observation): void => emit({ type: 'observe', observation })
  const requests = createRequests(emit, requestRulesOf(revision))
  return {
    execId,
    kinds,
    roots: runRoots(start, execId),
    env: start.definition.env,
    now,
    uuid,
    scheduler: createScheduler(slice.isSpent),
    requests,
    room: createRoom(requests, revision > 2),
    signals: createSignals(signals, isRevision1),
    celCache: new Map(),
    observe,
    countExcess(limit) {
      if (limit !== undefined) observe({ type: 'limit_exceeded', limit })
    },
    nextRank,
    revision,
    slice,
    noteAttempt: (record, error) => noteAttempt(record, error, now()),
    recorder,
  }
}
