import { reservedPrefix } from '../../../core/free-name.ts'
import { historyLength, type HistoryLength } from '../../../definition/history-length.ts'
import { revisionOf } from '../../../definition/revision.ts'
import type { InterpreterRevision, Run, RunEvent } from '../../../definition/run-protocol.ts'
import type { RunStart } from '../../../definition/workflow-ir.ts'
import { createRun } from '../../../interpreter/interpret.ts'
import type { TemporalEvent } from '../executions/run-history.ts'
import { isReadable } from '../readable-payloads.ts'
import { timeOf, valueOf } from './history-event.ts'
import type { Journal } from './journal.ts'
import { ReplayedAnswers } from './replayed-answers.ts'
import { ReplayedCommands } from './replayed-commands.ts'
import { answeredInTask } from './replayed-failures.ts'
import { createUuids } from './workflow-random.ts'

/** One run of a chain, whose history is read event by event. */
export interface RunReplay {
  take(event: TemporalEvent): void
  /** The start argument; undefined where it is not one of ours. */
  readonly start: RunStart | undefined
  /** The run as far as its history goes; undefined where it is not one of ours. */
  readonly run: Run | undefined
}

/**
 * Reads the history of one run: gives the interpreter the events that the run had, as the workflow
 * does, while a journal writes down what the tasks do.
 */
export function createRunReplay(execId: string, journal: Journal): RunReplay {
  return new HistoryReplay(execId, journal)
}

class HistoryReplay implements RunReplay {
  readonly #execId: string
  readonly #journal: Journal
  readonly #commands: ReplayedCommands
  readonly #answers: ReplayedAnswers
  #start: RunStart | undefined
  #startedAt = 0
  #parentId = ''
  #revision: InterpreterRevision = 2
  #run: Run | undefined
  /** The workflow task that began last. */
  #task: { at: number; history: HistoryLength } = { at: 0, history: 'short' }
  /** What came since the last workflow task: signals first, as the SDK hands them out. */
  #signalsToHand: RunEvent[] = []
  #answersToHand: RunEvent[] = []
  #drawUuid = createUuids('')

  constructor(execId: string, journal: Journal) {
    this.#execId = execId
    this.#journal = journal
    this.#commands = new ReplayedCommands(journal)
    this.#answers = new ReplayedAnswers(execId, this.#commands, journal)
  }

  get start(): RunStart | undefined {
    return this.#start
  }

  get run(): Run | undefined {
    return this.#run
  }

  take(event: TemporalEvent): void {
    this.#takeRunStart(event)
    this.#takeReset(event)
    this.#takeWorkflowTask(event)
    this.#commands.link(event)
    this.#takeAnswerInTask(event)
    const answer = this.#answers.read(event, this.#parentId)
    if (answer !== undefined) this.#answersToHand.push(answer)
    this.#takeSignal(event)
    this.#takeCancelRequest(event)
  }

  #takeRunStart(event: TemporalEvent): void {
    const started = event.workflowExecutionStartedEventAttributes
    if (!started) return
    // Every run that the engine starts has this argument.
    const start = valueOf(started.input?.payloads) as unknown as RunStart | null
    this.#start = start?.definition === undefined ? undefined : start
    this.#startedAt = timeOf(event)
    this.#parentId = started.parentWorkflowExecution?.workflowId ?? ''
    this.#drawUuid = createUuids(started.originalExecutionRunId ?? '')
  }

  /** After a reset, the workflow draws UUIDs by the id of the run that the reset made. */
  #takeReset(event: TemporalEvent): void {
    const newRunId = event.workflowTaskFailedEventAttributes?.newRunId ?? ''
    if (newRunId !== '') this.#drawUuid = createUuids(newRunId)
  }

  #takeWorkflowTask(event: TemporalEvent): void {
    const {
      workflowTaskStartedEventAttributes: started,
      workflowTaskCompletedEventAttributes: completed,
    } = event
    if (started) {
      const size = {
        events: Number(event.eventId),
        bytes: Number(started.historySizeBytes ?? 0),
        isContinueAsNewSuggested: started.suggestContinueAsNew === true,
      }
      const history = historyLength(size, this.#revision)
      this.#task = { at: timeOf(event), history }
    }
    if (!completed) return
    const isFirst = this.#run === undefined
    if (isFirst) this.#begin(completed.workerVersion?.buildId ?? undefined)
    const first: RunEvent[] = isFirst ? [{ type: 'started' }] : []
    const answers = this.#commands.inOrder(this.#answersToHand.splice(0))
    this.#step([...first, ...this.#signalsToHand.splice(0), ...answers])
  }

  #begin(buildId: string | undefined): void {
    if (this.#start === undefined) return
    this.#revision = revisionOf(buildId)
    this.#run = createRun(this.#start, {
      execId: this.#execId,
      startedAt: this.#startedAt,
      uuid: () => this.#drawUuid(),
      revision: this.#revision,
      recorder: this.#journal,
    })
  }

  #step(events: readonly RunEvent[]): void {
    if (this.#run === undefined || events.length === 0) return
    const { at, history } = this.#task
    for (const command of this.#run.step(events, at, history))
      this.#commands.add(command, this.#revision)
  }

  /** A local activity ends inside a workflow task: the run gets its answer at once. */
  #takeAnswerInTask(event: TemporalEvent): void {
    const answered = answeredInTask(event, this.#commands, this.#parentId)
    if (answered === undefined) return
    this.#step([answered.answer])
  }

  #takeSignal(event: TemporalEvent): void {
    const signaled = event.workflowExecutionSignaledEventAttributes
    if (!signaled) return
    const at = timeOf(event)
    const id = signaled.signalName ?? ''
    const { payloads } = signaled.input ?? {}
    // The worker leaves it out too.
    if (id.startsWith(reservedPrefix) || !isReadable(payloads)) return
    const payload = valueOf(payloads)
    this.#signalsToHand.push({ type: 'signal', id, payload, receivedAt: at })
    this.#journal.note({ type: 'signal_received', at, signal: id })
  }

  #takeCancelRequest(event: TemporalEvent): void {
    if (!event.workflowExecutionCancelRequestedEventAttributes) return
    this.#answersToHand.push({ type: 'cancel_requested' })
    this.#journal.note({ type: 'cancel_requested', at: timeOf(event) })
  }
}
