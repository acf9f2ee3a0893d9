import {
  arrayFromPayloads,
  defaultFailureConverter,
  defaultPayloadConverter,
  type ProtoFailure,
} from '@temporalio/common'
import type { JsonValue } from '../../../core/json.ts'
import type { TaskError } from '../../../core/task-error.ts'
import type {
  Command,
  HistoryLength,
  InterpreterRevision,
  Run,
  RunEvent,
} from '../../../definition/run-protocol.ts'
import type { RunStart } from '../../../definition/workflow-ir.ts'
import { revisionOf } from '../../../definition/revision.ts'
import { createRun } from '../../../interpreter/interpret.ts'
import { commandErrorOf, type DispatchedCommand } from '../command-errors.ts'
import { limitCode } from '../limit-code.ts'
import type { TemporalEvent } from '../executions/run-history.ts'
import type { Journal } from './journal.ts'

type Payloads = Parameters<typeof arrayFromPayloads>[1]
type WorkflowTask = { readonly at: number; readonly history: HistoryLength }

/** One run of a chain, whose history is read event by event. */
export interface RunReplay {
  take(event: TemporalEvent): void
  /** The start argument; undefined where it is not one of ours. */
  readonly start: RunStart | undefined
  /** The run as far as its history goes; undefined where it is not one of ours. */
  readonly run: Run | undefined
}

/** Returns a time of Temporal's as ms since 1970. */
export function timeOf(event: TemporalEvent): number {
  const { seconds, nanos } = event.eventTime ?? {}
  return Number(seconds ?? 0) * 1_000 + Math.floor((nanos ?? 0) / 1e6)
}

function valueOf(payloads: Payloads | null | undefined): JsonValue {
  const [value = null] = arrayFromPayloads(defaultPayloadConverter, payloads) as JsonValue[]
  return value
}

/**
 * Reads the history of one run: gives the interpreter the events that the run had, as the workflow
 * does, while a journal writes down what the tasks do. Answers find their commands by the numbers
 * that the SDK gave them.
 */
export function createRunReplay(execId: string, journal: Journal): RunReplay {
  return new HistoryReplay(execId, journal)
}

class HistoryReplay implements RunReplay {
  readonly #execId: string
  readonly #journal: Journal
  #start: RunStart | undefined
  #startedAt = 0
  #revision: InterpreterRevision = 2
  #run: Run | undefined
  #task: WorkflowTask = { at: 0, history: 'short' }
  /** What came since the last workflow task: signals first, as the SDK hands them out. */
  #signals: RunEvent[] = []
  #answers: RunEvent[] = []
  /** Commands by the number that the SDK gives to activities and timers. */
  readonly #activities = new Map<string, DispatchedCommand>()
  readonly #timers = new Map<string, DispatchedCommand>()
  readonly #waiting = new Set<DispatchedCommand>()
  /** Commands by the event that records them. */
  readonly #byEvent = new Map<string, DispatchedCommand>()
  #activityCount = 0
  #uuidCount = 0
  #timerCount = 0

  constructor(execId: string, journal: Journal) {
    this.#execId = execId
    this.#journal = journal
  }

  get start(): RunStart | undefined {
    return this.#start
  }

  get run(): Run | undefined {
    return this.#run
  }

  take(event: TemporalEvent): void {
    this.#takeWorkflowTask(event)
    this.#takeCommandEvent(event)
    this.#takeAnswer(event)
    this.#takeFromOutside(event)
  }

  #takeWorkflowTask(event: TemporalEvent): void {
    const {
      workflowExecutionStartedEventAttributes: started,
      workflowTaskStartedEventAttributes: begun,
      workflowTaskCompletedEventAttributes: done,
    } = event
    if (started) {
      // The argument of each run that the engine starts.
      const start = valueOf(started.input?.payloads) as unknown as RunStart | null
      this.#start = start?.definition === undefined ? undefined : start
      this.#startedAt = timeOf(event)
    }
    if (begun) {
      const { suggestContinueAsNew, historySizeBytes } = begun
      const size = { events: Number(event.eventId), bytes: Number(historySizeBytes ?? 0) }
      this.#task = { at: timeOf(event), history: lengthOf(size, suggestContinueAsNew === true) }
    }
    if (!done) return
    const isFirst = this.#run === undefined
    const buildId = done.workerVersion?.buildId ?? undefined
    if (isFirst) this.#begin(buildId === '' ? undefined : buildId)
    const first: RunEvent[] = isFirst ? [{ type: 'started' }] : []
    this.#step([...first, ...this.#signals.splice(0), ...this.#answers.splice(0)])
  }

  #begin(buildId: string | undefined): void {
    if (this.#start === undefined) return
    this.#revision = revisionOf(buildId)
    this.#run = createRun(this.#start, {
      execId: this.#execId,
      startedAt: this.#startedAt,
      // Only exec_ids of deep children hold it; their events tell the real ones.
      uuid: () => `unknown-${++this.#uuidCount}`,
      revision: this.#revision,
      recorder: this.#journal,
    })
  }

  #step(events: readonly RunEvent[]): void {
    if (this.#run === undefined || events.length === 0) return
    const { at, history } = this.#task
    for (const command of this.#run.step(events, at, history)) this.#number(command)
  }

  /** Numbers a command as the SDK does. */
  #number(command: Command): void {
    switch (command.type) {
      case 'start_timer':
        this.#timers.set(String(++this.#timerCount), command)
        return
      case 'call_tool':
      case 'publish_event':
        this.#activities.set(String(++this.#activityCount), command)
        return
      case 'start_child':
        // A local activity prepares it.
        this.#activities.set(String(++this.#activityCount), command)
        this.#waiting.add(command)
        return
      case 'signal_run':
        if (this.#revision > 1) this.#activities.set(String(++this.#activityCount), command)
        this.#waiting.add(command)
        return
      default:
        return
    }
  }

  /** Links a command to the event that Temporal made of it. */
  #takeCommandEvent(event: TemporalEvent): void {
    const {
      activityTaskScheduledEventAttributes: scheduled,
      markerRecordedEventAttributes: marker,
      startChildWorkflowExecutionInitiatedEventAttributes: child,
      signalExternalWorkflowExecutionInitiatedEventAttributes: signal,
    } = event
    if (scheduled) this.#link(event, this.#activities.get(scheduled.activityId ?? ''))
    if (marker) this.#takeMarker(marker)
    if (child) this.#linkChild(event, child.workflowId ?? '')
    if (signal)
      this.#link(event, this.#takeWaiting('signal_run', signal.workflowExecution?.workflowId))
  }

  #link(event: TemporalEvent, command: DispatchedCommand | undefined): void {
    if (command !== undefined) this.#byEvent.set(String(event.eventId), command)
  }

  #linkChild(event: TemporalEvent, execId: string): void {
    const command = this.#takeWaiting('start_child', execId)
    if (command?.type !== 'start_child') return
    this.#journal.childNamed(command.execId, execId)
    this.#link(event, { ...command, execId })
  }

  #takeWaiting(
    type: 'start_child' | 'signal_run',
    execId: string | null | undefined,
  ): DispatchedCommand | undefined {
    const named = (command: DispatchedCommand): boolean =>
      command.type === type && 'execId' in command && command.execId === execId
    const all = [...this.#waiting]
    const found = all.find(named) ?? all.find((command) => command.type === type)
    if (found !== undefined) this.#waiting.delete(found)
    return found
  }

  /** A local activity ended: it refuses a child or a signal, or lets it go on. */
  #takeMarker(marker: NonNullable<TemporalEvent['markerRecordedEventAttributes']>): void {
    if (marker.markerName !== 'core_local_activity') return
    const data = valueOf(marker.details?.['data']?.payloads) as { seq?: number } | null
    const command = this.#activities.get(String(data?.seq))
    if (command === undefined) return
    if (command.type === 'start_child' && marker.failure) {
      this.#waiting.delete(command)
      this.#step([this.#rejection(command, marker.failure)])
    }
    const isFull = marker.details?.['result'] && valueOf(marker.details['result'].payloads) === true
    if (command.type !== 'signal_run' || !isFull) return
    this.#waiting.delete(command)
    const message = `run ${command.execId} keeps too many signals "${command.name}"`
    this.#step([this.#rejection(command, { message, applicationFailureInfo: { type: limitCode } })])
  }

  #rejection(command: DispatchedCommand, failure: ProtoFailure | null | undefined): RunEvent {
    const thrown = failure
      ? defaultFailureConverter.failureToError(failure, defaultPayloadConverter)
      : new Error('it failed')
    return { type: 'rejected', seq: command.seq, error: commandErrorOf(command, thrown) }
  }

  #takeAnswer(event: TemporalEvent): void {
    const { timerFiredEventAttributes: fired, ...all } = event
    if (fired) {
      const timer = this.#timers.get(fired.timerId ?? '')
      this.#timers.delete(fired.timerId ?? '')
      if (timer !== undefined) this.#resolve(timer, null)
    }
    this.#takeCallEvent(event)
    const started = all.childWorkflowExecutionStartedEventAttributes
    const command = this.#commandOf(started?.initiatedEventId, false)
    if (command?.type === 'start_child' && !command.wait)
      this.#resolve(command, { exec_id: command.execId, output: null })
    const done = all.childWorkflowExecutionCompletedEventAttributes
    const finished = this.#commandOf(done?.initiatedEventId)
    if (finished?.type === 'start_child') {
      const result = valueOf(done?.result?.payloads) as { output?: JsonValue } | null
      this.#resolve(finished, { exec_id: finished.execId, output: result?.output ?? null })
    }
    const sent = this.#commandOf(
      all.externalWorkflowExecutionSignaledEventAttributes?.initiatedEventId,
    )
    if (sent !== undefined) this.#resolve(sent, null)
    this.#takeFailure(event)
  }

  /** A tool call started or ended; tools answer with a value, also where they failed. */
  #takeCallEvent(event: TemporalEvent): void {
    const started = event.activityTaskStartedEventAttributes
    const begun = this.#commandOf(started?.scheduledEventId, false)
    if (begun?.type === 'call_tool')
      this.#time(begun, { startedAt: timeOf(event), deliveries: started?.attempt ?? 1 })
    const done = event.activityTaskCompletedEventAttributes
    const command = this.#commandOf(done?.scheduledEventId)
    if (command?.type === 'publish_event')
      this.#resolve(command, { exec_ids: valueOf(done?.result?.payloads) })
    if (command?.type !== 'call_tool') return
    this.#time(command, { endedAt: timeOf(event) })
    const result = valueOf(done?.result?.payloads) as unknown as
      | { readonly ok: true; readonly output: JsonValue }
      | { readonly ok: false; readonly error: TaskError }
    if (result.ok) this.#resolve(command, result.output)
    else this.#answers.push({ type: 'rejected', seq: command.seq, error: result.error })
  }

  #takeFailure(event: TemporalEvent): void {
    const {
      activityTaskFailedEventAttributes: failed,
      activityTaskTimedOutEventAttributes: timedOut,
      startChildWorkflowExecutionFailedEventAttributes: notStarted,
      childWorkflowExecutionFailedEventAttributes: childFailed,
      childWorkflowExecutionCanceledEventAttributes: childCanceled,
      childWorkflowExecutionTerminatedEventAttributes: childTerminated,
      childWorkflowExecutionTimedOutEventAttributes: childTimedOut,
      signalExternalWorkflowExecutionFailedEventAttributes: notSent,
    } = event
    const call = this.#commandOf((failed ?? timedOut)?.scheduledEventId)
    if (call?.type === 'call_tool') this.#time(call, { endedAt: timeOf(event) })
    const child = notStarted ?? childFailed ?? childCanceled ?? childTerminated ?? childTimedOut
    const command = call ?? this.#commandOf((child ?? notSent)?.initiatedEventId)
    if (command === undefined) return
    const failure = (failed ?? timedOut ?? childFailed)?.failure
    this.#answers.push(this.#rejection(command, failure ?? { message: reasonOf(event) }))
  }

  #commandOf(
    eventId: { toString(): string } | null | undefined,
    ends = true,
  ): DispatchedCommand | undefined {
    if (eventId === undefined || eventId === null) return undefined
    const key = eventId.toString()
    const command = this.#byEvent.get(key)
    if (ends) this.#byEvent.delete(key)
    return command
  }

  #time(
    { idempotencyKey, attempt }: Extract<Command, { type: 'call_tool' }>,
    times: Parameters<Journal['callTimed']>[2],
  ): void {
    const key = idempotencyKey.slice(this.#execId.length + 1)
    this.#journal.callTimed(key, attempt, times)
  }

  #resolve({ seq }: DispatchedCommand, value: JsonValue): void {
    this.#answers.push({ type: 'resolved', seq, value })
  }

  #takeFromOutside(event: TemporalEvent): void {
    const signaled = event.workflowExecutionSignaledEventAttributes
    const at = timeOf(event)
    if (signaled) {
      const id = signaled.signalName ?? ''
      const payload = valueOf(signaled.input?.payloads)
      this.#signals.push({ type: 'signal', id, payload, receivedAt: at })
      this.#journal.note({ type: 'signal_received', at, signal: id })
    }
    if (!event.workflowExecutionCancelRequestedEventAttributes) return
    this.#answers.push({ type: 'cancel_requested' })
    this.#journal.note({ type: 'cancel_requested', at })
  }
}

/** As the workflow judges it. */
function lengthOf(
  { events, bytes }: { events: number; bytes: number },
  isLong: boolean,
): HistoryLength {
  if (events >= 40_000 || bytes >= 40_000_000) return 'full'
  if (events >= 10_000) return 'due'
  return isLong ? 'long' : 'short'
}

function reasonOf(event: TemporalEvent): string {
  if (event.startChildWorkflowExecutionFailedEventAttributes)
    return 'a run with this exec_id exists already'
  if (event.childWorkflowExecutionCanceledEventAttributes) return 'the run was cancelled'
  if (event.childWorkflowExecutionTerminatedEventAttributes) return 'the run was terminated'
  if (event.childWorkflowExecutionTimedOutEventAttributes) return 'the run timed out'
  return 'the run was not found, or it is closed'
}
