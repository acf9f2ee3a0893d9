import type { JsonValue } from '../../../core/json.ts'
import type { TaskError } from '../../../core/task-error.ts'
import type { Command, RunEvent } from '../../../definition/run-protocol.ts'
import type { DispatchedCommand } from '../command-errors.ts'
import type { TemporalEvent } from '../executions/run-history.ts'
import { timeOf, valueOf } from './history-event.ts'
import { foreignResult, isToolResult } from '../tool-result.ts'
import type { CallTimes, Journal } from './journal.ts'
import type { ReplayedCommands } from './replayed-commands.ts'
import { failedCommandOf, toldBefore } from './replayed-failures.ts'

type CallToolCommand = Extract<Command, { type: 'call_tool' }>
/** Tools answer with a value, also where they failed. */
type ToolAnswer =
  | { readonly ok: true; readonly output: JsonValue }
  | { readonly ok: false; readonly error: TaskError }

/** Turns the events that answer a command into the interpreter's. Times tool calls on the way. */
export class ReplayedAnswers {
  readonly #execId: string
  readonly #commands: ReplayedCommands
  readonly #journal: Journal

  constructor(execId: string, commands: ReplayedCommands, journal: Journal) {
    this.#execId = execId
    this.#commands = commands
    this.#journal = journal
  }

  /** Returns the answer that an event brings, undefined for all other events. */
  read(event: TemporalEvent, parentId: string): RunEvent | undefined {
    this.#noteCallStart(event)
    return (
      this.#firedTimer(event) ??
      this.#endedActivity(event, parentId) ??
      this.#startedChild(event) ??
      this.#completedChild(event) ??
      this.#sentSignal(event) ??
      this.#failure(event, parentId)
    )
  }

  #firedTimer({ timerFiredEventAttributes: fired }: TemporalEvent): RunEvent | undefined {
    const timer = fired ? this.#commands.takeTimer(fired.timerId) : undefined
    return timer && resolved(timer, null)
  }

  #noteCallStart(event: TemporalEvent): void {
    const started = event.activityTaskStartedEventAttributes
    const call = this.#commands.recordedIn(started?.scheduledEventId)
    if (call?.type === 'call_tool')
      this.#time(call, { startedAt: timeOf(event), deliveries: started?.attempt ?? 1 })
  }

  #endedActivity(event: TemporalEvent, parentId: string): RunEvent | undefined {
    const done = event.activityTaskCompletedEventAttributes
    const command = this.#commands.takeRecordedIn(done?.scheduledEventId)
    if (command === undefined) return undefined
    const result = valueOf(done?.result?.payloads)
    if (command.type === 'publish_event') return resolved(command, { exec_ids: result })
    if (command.type !== 'call_tool')
      return toldBefore(command, { result }, { commands: this.#commands, parentId })?.answer
    this.#time(command, { endedAt: timeOf(event) })
    if (!isToolResult(result)) return { type: 'rejected', seq: command.seq, error: foreignResult }
    // Written by the worker's activity.
    const answer = result as unknown as ToolAnswer
    return answer.ok
      ? resolved(command, answer.output)
      : { type: 'rejected', seq: command.seq, error: answer.error }
  }

  /** A child that nobody waits for is answered once it has started. */
  #startedChild(event: TemporalEvent): RunEvent | undefined {
    const started = event.childWorkflowExecutionStartedEventAttributes
    const command = this.#commands.recordedIn(started?.initiatedEventId)
    if (command?.type !== 'start_child' || command.wait) return undefined
    return resolved(command, { exec_id: command.execId, output: null })
  }

  #completedChild(event: TemporalEvent): RunEvent | undefined {
    const done = event.childWorkflowExecutionCompletedEventAttributes
    const command = this.#commands.takeRecordedIn(done?.initiatedEventId)
    if (command?.type !== 'start_child') return undefined
    const result = valueOf(done?.result?.payloads) as { output?: JsonValue } | null
    return resolved(command, { exec_id: command.execId, output: result?.output ?? null })
  }

  #sentSignal(event: TemporalEvent): RunEvent | undefined {
    const sent = event.externalWorkflowExecutionSignaledEventAttributes
    const command = this.#commands.takeRecordedIn(sent?.initiatedEventId)
    return command && resolved(command, null)
  }

  #failure(event: TemporalEvent, parentId: string): RunEvent | undefined {
    const failed = failedCommandOf(event, this.#commands, parentId)
    if (failed?.command.type === 'call_tool') this.#time(failed.command, { endedAt: timeOf(event) })
    return failed?.answer
  }

  #time({ idempotencyKey, attempt }: CallToolCommand, times: CallTimes): void {
    const key = idempotencyKey.slice(this.#execId.length + 1)
    this.#journal.callTimed(key, attempt, times)
  }
}

function resolved({ seq }: DispatchedCommand, value: JsonValue): RunEvent {
  return { type: 'resolved', seq, value }
}
