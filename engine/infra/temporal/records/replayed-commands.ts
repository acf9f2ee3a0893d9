import type { Command, InterpreterRevision, RunEvent } from '../../../definition/run-protocol.ts'
import type { DispatchedCommand } from '../command-errors.ts'
import type { TemporalEvent } from '../executions/run-history.ts'
import type { Journal } from './journal.ts'

type EventId = TemporalEvent['eventId']
/**
 * Microtasks that an answer takes through the SDK to the interpreter, by its command, as measured
 * in the workflow sandbox: of two answers in one workflow task, that with fewer comes first.
 */
const turns = {
  cancel_requested: 1,
  call_tool: 2,
  start_timer: 3,
  publish_event: 3,
  signal_run: 3,
  start_child: 5,
  awaited_child: 6,
  ask_parent_room: 7,
} as const

/** The turns of what an activity of revision 10 answers in place of the command. */
const askedTurns = 5

/** Commands that Temporal records only once an activity has let them pass. */
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
  /** Those that an activity has let pass, in this order. */
  readonly #passed = new Set<DispatchedCommand>()
  /** By the event in which Temporal recorded the command. */
  readonly #recorded = new Map<string, DispatchedCommand>()
  /** By `seq`: the turns of the answers that are open. */
  readonly #turns = new Map<number, number>()
  #activityCount = 0
  #timerCount = 0

  constructor(journal: Journal) {
    this.#journal = journal
  }

  add(command: Command, revision: InterpreterRevision): void {
    if (isDispatched(command)) this.#turns.set(command.seq, turnsOf(command))
    switch (command.type) {
      case 'start_timer':
        this.#timers.set(String(++this.#timerCount), command)
        return
      case 'call_tool':
      case 'publish_event':
      case 'ask_parent_room':
        return this.#addActivity(command, revision)
      case 'start_child':
        this.#addActivity(command, revision)
        this.#prepared.add(command)
        return
      case 'signal_run':
        // Revision 1 sent signals without an activity before.
        if (revision > 1) this.#addActivity(command, revision)
        this.#prepared.add(command)
        return
      case 'cancel':
        for (const commands of [this.#prepared, this.#passed])
          for (const each of commands) if (each.seq === command.seq) commands.delete(each)
        return
      default:
        return
    }
  }

  /** Returns what a workflow task brings in the order in which the workflow takes it. */
  inOrder(answers: readonly RunEvent[]): readonly RunEvent[] {
    const turnsTo = (answer: RunEvent): number => {
      if (answer.type === 'cancel_requested') return turns.cancel_requested
      return 'seq' in answer ? (this.#turns.get(answer.seq) ?? 0) : 0
    }
    const ordered = answers.toSorted((one, other) => turnsTo(one) - turnsTo(other))
    for (const answer of answers) if ('seq' in answer) this.#turns.delete(answer.seq)
    return ordered
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
    if (signal) {
      const { workflowExecution, signalName } = signal
      const execId = workflowExecution?.workflowId
      this.#record(event, this.#takePrepared('signal_run', execId, signalName))
    }
  }

  activity(id: string | null | undefined): DispatchedCommand | undefined {
    return this.#activities.get(id ?? '')
  }

  takeTimer(id: string | null | undefined): DispatchedCommand | undefined {
    const timer = this.#timers.get(id ?? '')
    this.#timers.delete(id ?? '')
    return timer
  }

  /** Notes that an activity has answered a command, which is then never given to Temporal. */
  answeredBefore(command: DispatchedCommand): void {
    this.#prepared.delete(command)
    this.#turns.set(command.seq, askedTurns)
  }

  /** Notes that an activity has let a command pass. */
  letPass(command: DispatchedCommand): void {
    if (this.#prepared.delete(command)) this.#passed.add(command)
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

  /** By revision 9, the SDK numbered activities; since then they have the number of the command. */
  #addActivity(command: DispatchedCommand, revision: InterpreterRevision): void {
    const id = revision > 9 ? command.seq : ++this.#activityCount
    this.#activities.set(String(id), command)
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
    signal?: string | null,
  ): DispatchedCommand | undefined {
    const ofType = [...this.#passed, ...this.#prepared].filter((command) => command.type === type)
    const ofRun = ofType.filter((command) => 'execId' in command && command.execId === execId)
    const named = ofRun.find((command) => command.type !== 'signal_run' || command.name === signal)
    const found = named ?? ofRun[0] ?? ofType[0]
    if (found === undefined) return undefined
    this.#passed.delete(found)
    this.#prepared.delete(found)
    return found
  }
}

function isDispatched(command: Command): command is DispatchedCommand {
  return command.type in turns
}

function turnsOf(command: DispatchedCommand): number {
  const isAwaited = command.type === 'start_child' && command.wait
  return turns[isAwaited ? 'awaited_child' : command.type]
}
