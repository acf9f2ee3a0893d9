import type { JsonValue } from '../core/json.ts'
import { jsonBytes, limits } from '../core/limits.ts'
import type { HistoryLength } from '../definition/history-length.ts'
import type {
  Command,
  RestartOptions,
  Run,
  RunContext,
  RunEvent,
  RunView,
  ViewBounds,
  ViewRequest,
} from '../definition/run-protocol.ts'
import type { CarriedState, RunStart } from '../definition/workflow-ir.ts'
import { standardKinds } from '../kinds/index.ts'
import { UnknownTaskKind, type TaskKinds } from '../kinds/kind.ts'
import { runFlow, type FlowPosition } from '../kinds/shared/run-flow.ts'
import { waitFor, type Steps } from '../kinds/steps.ts'
import type { Roots } from '../kinds/task-context.ts'
import type { Scope } from '../template/sandbox.ts'
import { boundError } from './size/bound-error.ts'
import { boundTasks, closedBounds, runBounds } from './size/bounded-view.ts'
import { endWithinParent } from './size/parent-room.ts'
import { createContinueAsNew, type ContinueAsNew } from './continue-as-new.ts'
import { defectEnd } from './failure.ts'
import { createRunServices, type RunServices } from './run-services.ts'
import type { RunEnd } from './run-end.ts'
import { recordWorkflowMetrics, resultOf } from './run-result.ts'
import { snapshotFromJson, snapshotToJson, type RunSnapshot } from './snapshot/run-snapshot.ts'
import { restartState } from './snapshot/restart.ts'
import { runTask } from './task/run-task.ts'
import { skipsTimer } from './task/skips-timer.ts'
import { createScope, topScope, type ParentScope } from './scope.ts'
import { createSiblings, recordReader, type SiblingTasks } from './task/task-progress.ts'

/** Tasks after which a flow of revision 1 pauses for a moment. */
const pausesAfter = 10_000

/**
 * Interprets one run of a workflow: events in, commands out, without time, chance or I/O of its
 * own, so that a replay of the same events gives the same commands.
 *
 * @example
 * const run = createRun(start, { execId, startedAt, uuid, revision: 2 })
 * run.step([{ type: 'started' }], now, 'short') // [{ type: 'call_tool', seq: 1, … }]
 */
export function createRun(
  start: RunStart,
  context: RunContext,
  kinds: TaskKinds = standardKinds,
): Run {
  return new InterpretedRun(start, context, kinds)
}

class InterpretedRun implements Run {
  readonly #start: RunStart
  readonly #context: RunContext
  readonly #snapshot: RunSnapshot | undefined
  readonly #level: SiblingTasks
  readonly #enclosing: ParentScope
  readonly #services: RunServices
  readonly #continueAsNew: ContinueAsNew
  readonly #isRevision1: boolean
  readonly #main: { cancel(): void }
  #commands: Command[] = []
  #now: number
  #history: HistoryLength = 'short'
  #position: FlowPosition | undefined
  #sleepsUntil: number | undefined
  #end: RunEnd | undefined
  #isClosed = false
  /** All tasks have ended; the run only asks for room for its result. */
  #isEnding = false
  #steps = 0
  #lastRank: number
  #takeTurnBack: (() => void) | undefined

  constructor(start: RunStart, context: RunContext, kinds: TaskKinds) {
    const { tasks } = start.definition
    this.#start = start
    this.#context = context
    this.#isRevision1 = context.revision === 1
    this.#now = context.startedAt
    this.#snapshot =
      start.carried === undefined ? undefined : snapshotFromJson(start.carried, tasks)
    this.#lastRank = this.#snapshot?.lastRank ?? 0
    this.#level = this.#snapshot?.level ?? createSiblings(tasks)
    this.#enclosing = topScope(this.#level, start.input)
    this.#services = createRunServices(start, context, {
      kinds,
      signals: this.#snapshot?.signals,
      now: () => this.#now,
      nextRank: () => ++this.#lastRank,
      emit: (command) => this.#commands.push(command),
    })
    this.#continueAsNew = createContinueAsNew(start, this.#services.requests, context.revision)
    this.#main = this.#services.scheduler.start(this.#runToEnd(), (end) => {
      this.#end = end
    })
  }

  step(events: readonly RunEvent[], now: number, history: HistoryLength): readonly Command[] {
    this.#commands = []
    if (this.#isClosed) return this.#commands
    this.#now = now
    this.#history = history
    this.#steps++
    try {
      this.#takeEvents(events)
    } catch (thrown) {
      // A newer worker can continue with a kind that this one does not know.
      if (this.#isRevision1 || thrown instanceof UnknownTaskKind) throw thrown
      this.#end = defectEnd(thrown)
    }
    this.#conclude()
    return this.#commands
  }

  view(request: ViewRequest = {}, bounds: ViewBounds = runBounds): RunView {
    const { signals } = this.#services
    return {
      ...boundTasks(recordReader, this.#level, request, bounds),
      waiting_for: signals.waitingFor(),
      pending_signals: signals.pendingCount,
      pending_by_name: signals.pendingByName(),
      pending_signal_bytes: signals.pendingBytes(),
    }
  }

  restart(options: RestartOptions): CarriedState | undefined {
    const position = this.#position
    if (position === undefined) return undefined
    const { kinds } = this.#services
    const stopped = { position, level: this.#level, lastRank: this.#lastRank, kinds }
    return restartState(stopped, options)
  }

  *#runTasks(): Steps<RunEnd> {
    const { tasks, maxTasks } = this.#start.definition
    const snapshot = this.#snapshot
    const end = yield* runFlow({
      tasks,
      limit: maxTasks,
      from: snapshot === undefined ? undefined : { ...snapshot.position, unhandled: [] },
      resumes: snapshot?.hasStarted,
      run: (task, { arrival }, _, resumes) =>
        runTask(this.#services, task, this.#enclosing, { arrival, resumes }),
      pause: (ms) => this.#sleep(ms),
      onMove: (position) => {
        this.#position = position
      },
      stopsBetweenTasks: () => this.#isRevision1 && this.#history !== 'short',
      pausesAfter: this.#isRevision1 ? pausesAfter : undefined,
    })
    if (end.type === 'stopped') return { ...end, type: 'stop_between_tasks' }
    if (end.type === 'limit') {
      this.#services.countExcess('tasks')
      return { type: 'fail', error: end.error }
    }
    if (end.failure !== undefined) return { type: 'fail', error: boundError(end.failure) }
    const last = { id: this.#position?.following.id, output: end.last.output }
    return resultOf(this.#start.definition, last, this.#scope, this.#services)
  }

  /** Runs the tasks; a child's result is sent to its parent's history too, which needs room. */
  *#runToEnd(): Steps<RunEnd> {
    const end = yield* this.#runTasks()
    this.#isEnding = true
    const states = () => boundTasks(recordReader, this.#level, {}, closedBounds).tasks
    return yield* endWithinParent(end, this.#start, states, this.#services)
  }

  /** Sleeps before the next task; a sleep that an earlier run of the chain began goes on. */
  *#sleep(ms: number): Steps<void> {
    if (skipsTimer(ms, this.#context.revision)) return
    const until = this.#steps === 1 ? this.#snapshot?.sleepsUntil : undefined
    this.#sleepsUntil = until ?? this.#now + ms
    const left = Math.max(0, this.#sleepsUntil - this.#now)
    yield* waitFor(this.#services.requests.send({ type: 'start_timer', ms: left }))
    this.#sleepsUntil = undefined
  }

  readonly #scope = (roots: Roots): Scope => {
    const input = (): JsonValue => this.#start.input
    return createScope(this.#services, this.#enclosing, { level: () => this.#level, input, roots })
  }

  #takeEvents(events: readonly RunEvent[]): void {
    const { requests, slice } = this.#services
    slice.begin()
    requests.beginStep()
    requests.hold(this.#wantsToContinueAsNew())
    for (const event of events) {
      this.#take(event)
      this.#runUntilAllWait()
      if (this.#end === undefined) requests.sendQueued()
    }
  }

  #take(event: RunEvent): void {
    const { requests, signals } = this.#services
    switch (event.type) {
      case 'started':
        return
      case 'resolved':
        return requests.answer(event.seq, { ok: true, value: event.value })
      case 'rejected':
        return requests.answer(event.seq, { ok: false, error: event.error, limit: event.limit })
      case 'signal': {
        const { id, payload, receivedAt } = event
        return signals.deliver({ id, payload, receivedAt })
      }
      case 'cancel_requested':
        this.#main.cancel()
        this.#takeTurnBack?.()
        // A run that ended in this very step has its result; one that was about to go on has none.
        if (this.#end === undefined || this.#end.type === 'stop_between_tasks')
          this.#end = { type: 'canceled' }
    }
  }

  /**
   * Runs what is ready, hands kept signals to the waits that have started by then, and lets more
   * children start.
   */
  #runUntilAllWait(): void {
    const { scheduler, signals, slice, room } = this.#services
    scheduler.drain()
    while (!slice.isSpent() && (signals.offer() || room.offer())) scheduler.drain()
  }

  #wantsToContinueAsNew(): boolean {
    if (this.#isRevision1 || this.#steps === 1 || this.#isEnding) return false
    return this.#continueAsNew.isDue(this.#history)
  }

  #conclude(): void {
    if (this.#end === undefined) this.#continueAsNewIfIdle()
    const { scheduler, requests } = this.#services
    const end = this.#end
    if (end === undefined) {
      if (this.#wantsToContinueAsNew())
        this.#continueAsNew.waitFor(this.#history, () => this.#sendHeldRequests())
      if (scheduler.hasReady() || requests.isOutOfBytes()) this.#askForTurn()
      return
    }
    // A workflow task has a size limit: the result follows in another one.
    const bytes = end.type === 'complete' && !this.#isRevision1 ? jsonBytes(end.output) : 0
    if (requests.sentBytes + bytes > limits.workflowTaskBytes) return this.#askForTurn()
    this.#close(end)
  }

  #continueAsNewIfIdle(): void {
    const { scheduler, requests } = this.#services
    if (!this.#wantsToContinueAsNew() || requests.openCount() > 0 || scheduler.hasReady()) return
    const position = this.#position
    if (position === undefined) return
    const sleepsUntil = this.#sleepsUntil
    const snapshot = this.#snapshotAt({ position, sleepsUntil, hasStarted: true })
    this.#end = this.#continueAsNew.endWith(snapshot, this.#history)
    if (this.#end === undefined) this.#sendHeldRequests()
    else if (this.#end.type === 'fail') this.#services.countExcess('carried_state')
  }

  #snapshotAt(where: Pick<RunSnapshot, 'position' | 'sleepsUntil' | 'hasStarted'>): RunSnapshot {
    return {
      startedAt: this.#snapshot?.startedAt ?? this.#context.startedAt,
      ...where,
      lastRank: this.#lastRank,
      level: this.#level,
      signals: this.#services.signals.pending(),
    }
  }

  #sendHeldRequests(): void {
    this.#services.requests.hold(false)
    this.#services.requests.sendQueued()
    this.#services.room.offer()
  }

  /** Asks Temporal for another workflow task, in which the run goes on. */
  #askForTurn(): void {
    if (this.#takeTurnBack !== undefined) return
    const turn = this.#services.requests.send({ type: 'start_timer', ms: 1 })
    this.#takeTurnBack = turn(() => {
      this.#takeTurnBack = undefined
    })
  }

  #close(end: RunEnd): void {
    this.#isClosed = true
    if (end.type === 'stop_between_tasks') {
      const { following, passed } = end
      const position = { following, passed, sleeps: false }
      const carried = snapshotToJson(this.#snapshotAt({ position, hasStarted: false }))
      this.#commands.push({ type: 'continue_as_new', carried })
      return
    }
    recordWorkflowMetrics(this.#start.definition, end, this.#scope, this.#services)
    this.#commands.push(end)
  }
}
