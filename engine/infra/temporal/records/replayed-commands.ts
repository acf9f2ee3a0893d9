import type { Command, InterpreterRevision } from '../../../definition/run-protocol.ts'
import type { DispatchedCommand } from '../command-errors.ts'
import type { TemporalEvent } from '../executions/run-history.ts'
import type { Journal } from './journal.ts'

type EventId = TemporalEvent['eventId']
/** Commands that Temporal records only once a local activity has let them pass. */
type PreparedType = 'start_child' | 'signal_run'

/**
 * The commands of a run whose history is read. Numbers them as the SDK does, and finds the one
 * that an event is about.
 */
export class ReplayedCommands {
  readonly #journal: Journal
  readonly #activities = new Map<string, DispatchedCommand>()
  readonly #timers = new Map<string, DispatchedCommand>()
  readonly #prepared = new Set<DispatchedCommand>()
  /** By the event in which Temporal recorded the command. */
  readonly #recorded = new Map<string, DispatchedCommand>()
  #activityCount = 0
  #timerCount = 0

  constructor(journal: Journal) {
    this.#journal = journal
  }

  add(command: Command, revision: InterpreterRevision): void {
    switch (command.type) {
      case 'start_timer':
        this.#timers.set(String(++this.#timerCount), command)
        return
      case 'call_tool':
      case 'publish_event':
      case 'ask_parent_room':
        return this.#addActivity(command)
      case 'start_child':
        this.#addActivity(command)
        this.#prepared.add(command)
        return
      case 'signal_run':
        // Revision 1 sent signals without a local activity before.
        if (revision > 1) this.#addActivity(command)
        this.#prepared.add(command)
        return
      default:
        return
    }
  }

  /** Links a command to the event that records it; does nothing for other events. */
  link(event: TemporalEvent): void {
    const {
      activityTaskScheduledEventAttributes: scheduled,
      startChildWorkflowExecutionInitiatedEventAttributes: child,
      signalExternalWorkflowExecutionInitiatedEventAttributes: signal,
    } = event
    if (scheduled) this.#record(event, this.activity(scheduled.activityId))
    if (child) this.#recordChild(event, child.workflowId ?? '')
    if (signal)
      this.#record(event, this.#takePrepared('signal_run', signal.workflowExecution?.workflowId))
  }

  activity(id: string | null | undefined): DispatchedCommand | undefined {
    return this.#activities.get(id ?? '')
  }

  takeTimer(id: string | null | undefined): DispatchedCommand | undefined {
    const timer = this.#timers.get(id ?? '')
    this.#timers.delete(id ?? '')
    return timer
  }

  /** Forgets a command that its local activity refused. */
  refuse(command: DispatchedCommand): void {
    this.#prepared.delete(command)
  }

  /** Returns the command that an event recorded; more events about it may follow. */
  recordedIn(eventId: EventId): DispatchedCommand | undefined {
    return this.#recorded.get(String(eventId))
  }

  /** Returns the command that an event recorded, and forgets it: it has its answer. */
  takeRecordedIn(eventId: EventId): DispatchedCommand | undefined {
    const command = this.recordedIn(eventId)
    this.#recorded.delete(String(eventId))
    return command
  }

  #addActivity(command: DispatchedCommand): void {
    this.#activities.set(String(++this.#activityCount), command)
  }

  #record(event: TemporalEvent, command: DispatchedCommand | undefined): void {
    if (command !== undefined) this.#recorded.set(String(event.eventId), command)
  }

  #recordChild(event: TemporalEvent, execId: string): void {
    const command = this.#takePrepared('start_child', execId)
    if (command?.type !== 'start_child') return
    this.#journal.childNamed(command.execId, execId)
    this.#record(event, { ...command, execId })
  }

  /** Takes the command for this run, or the oldest: an older engine may have drawn other UUIDs. */
  #takePrepared(
    type: PreparedType,
    execId: string | null | undefined,
  ): DispatchedCommand | undefined {
    const ofType = [...this.#prepared].filter((command) => command.type === type)
    const named = ofType.find((command) => 'execId' in command && command.execId === execId)
    const found = named ?? ofType[0]
    if (found !== undefined) this.#prepared.delete(found)
    return found
  }
}
