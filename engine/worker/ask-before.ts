import {
  ApplicationFailure,
  proxyActivities,
  proxyLocalActivities,
  workflowInfo,
  type ActivityOptions,
} from '@temporalio/workflow'
import type { InterpreterRevision } from '../definition/run-protocol.ts'
import type { RunStart } from '../definition/workflow-ir.ts'
import type { DispatchedCommand } from '../infra/temporal/command-errors.ts'
import { limitCode } from '../infra/temporal/limit-code.ts'
import { keptSignalBytes } from '../interpreter/size/kept-signal-bytes.ts'
import { fullHistory, fullOfSignals } from '../interpreter/size/refusal-texts.ts'
import type { EngineActivities } from './activity-types.ts'
import type { Preparations } from './preparations.ts'

/** The run that gave the commands. */
export interface CommandedRun {
  readonly start: RunStart
  readonly revision: InterpreterRevision
}

/** What commands share that are no tool calls. */
export interface FlyingRun extends CommandedRun {
  readonly preparations: Preparations
}

/** An activity has the number of its command. By revision 9, Temporal numbered activities. */
export function numbered(
  { seq }: DispatchedCommand,
  revision: InterpreterRevision,
): { readonly activityId?: string } {
  return revision > 9 ? { activityId: String(seq) } : {}
}

/**
 * The activities that answer before a command is given to Temporal. By revision 9 they were local:
 * where a query comes with a workflow task, Temporal hands out the result of a local activity with
 * the next one, but in a replay with the one that records it, and the run would be stuck.
 */
function asked(
  command: DispatchedCommand,
  revision: InterpreterRevision,
  options: Pick<ActivityOptions, 'startToCloseTimeout' | 'retry'>,
): EngineActivities {
  if (revision > 9)
    return proxyActivities<EngineActivities>({
      ...options,
      ...numbered(command, revision),
      // Before the calls of tools that wait, where the server knows priorities.
      priority: { priorityKey: 1 },
    })
  return proxyLocalActivities<EngineActivities>(options)
}

/** A question that is asked once: without an answer, the command goes on. */
const question = { startToCloseTimeout: '5s', retry: { maximumAttempts: 1 } } as const

/** Refuses a signal when the run already holds the most signals of that name. */
export async function checkSignal(
  command: Extract<DispatchedCommand, { type: 'signal_run' }>,
  revision: InterpreterRevision,
): Promise<void> {
  const { execId, name, payload } = command
  const activities = asked(command, revision, question)
  const signal = { execId, name, bytes: keptSignalBytes(name, payload) }
  const isFull = await activities['compozy.is_signal_refused'](signal).catch(() => false)
  if (isFull) throw ApplicationFailure.nonRetryable(fullOfSignals(execId, name), limitCode)
}

/** Throws only a refusal: without an answer, the result is sent. */
export async function askParentRoom(
  command: Extract<DispatchedCommand, { type: 'ask_parent_room' }>,
  revision: InterpreterRevision,
): Promise<void> {
  const { parent } = workflowInfo()
  if (parent === undefined) return
  const { bytes } = command
  const activities = asked(command, revision, question)
  const { workflowId: execId, runId } = parent
  const full = await activities['compozy.find_full_history']({ execId, runId, bytes }).catch(
    () => null,
  )
  if (full === null) return
  throw ApplicationFailure.nonRetryable(fullHistory(execId, full), limitCode)
}

/** Asks for the argument of a child: its definition, and its input as its schema has it. */
export function prepareChild(
  command: Extract<DispatchedCommand, { type: 'start_child' }>,
  { start: parent, revision, preparations }: FlyingRun,
): ReturnType<EngineActivities['compozy.prepare_child']> {
  const { workflowId, input } = command
  const trigger = { type: 'workflow', name: parent.definition.id } as const
  const activities = asked(command, revision, {
    startToCloseTimeout: '10s',
    retry: { maximumInterval: '10s', maximumAttempts: 10 },
  })
  const prepare = () => activities['compozy.prepare_child']({ workflowId, input, trigger })
  return revision > 9 ? preparations.begin(command, prepare) : prepare()
}
