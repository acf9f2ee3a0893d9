import { setImmediate } from 'node:timers/promises'
import type { Client } from '@temporalio/client'
import { defaultFailureConverter, defaultPayloadConverter } from '@temporalio/common'
import { defined } from '../../../core/defined.ts'
import { CompozyError } from '../../../core/errors.ts'
import type { Run } from '../../../definition/run-protocol.ts'
import type { HistoryType, RunRecords } from '../../../definition/run-records.ts'
import type { RunStart } from '../../../definition/workflow-ir.ts'
import type { Call } from '../connection/calls.ts'
import { readFirstEvent, taskErrorOf, type TemporalEvent } from '../executions/run-history.ts'
import { Journal } from './journal.ts'
import { timeOf } from './history-event.ts'
import { createRunReplay, type RunReplay } from './replay.ts'

/** A run as its whole history tells it. */
export interface ReadRun {
  readonly records: RunRecords
  /** Start argument of the chain's last run. */
  readonly start: RunStart | undefined
  /** The chain's last run, as far as it went. */
  readonly run: Run | undefined
  /** Bytes of history that were read: about what the records hold. */
  readonly bytes: number
}

/** History of one run past which its values are not kept, bytes. */
const maximumBytes = 64_000_000
/** How long the reading holds the main loop at a time, ms. */
const holdMs = 20

/**
 * Reads the history of a run over its whole chain, in the order of time, and returns what it tells.
 * Other requests are served in between.
 */
export async function readRun(
  client: Client,
  call: Call,
  { execId, runId }: { readonly execId: string; readonly runId: string },
): Promise<ReadRun> {
  const journal = new Journal()
  let replay: RunReplay | undefined
  let bytes = 0
  const chain = await chainOf(client, call, { execId, runId })
  for (const [hop, id] of chain.entries()) {
    replay = createRunReplay(execId, journal)
    let hopBytes = 0
    let held = performance.now()
    for await (const event of eventsOf(client, call, execId, id)) {
      replay.take(event)
      noteRunEvent(journal, event, hop)
      hopBytes = Number(event.workflowTaskStartedEventAttributes?.historySizeBytes ?? hopBytes)
      if (bytes + hopBytes > maximumBytes) journal.dropValues()
      if (performance.now() - held < holdMs) continue
      await setImmediate()
      held = performance.now()
    }
    bytes += hopBytes
  }
  return { records: journal.read(), start: replay?.start, run: replay?.run, bytes }
}

/**
 * Returns the runs of the chain that Temporal still has, in order. Only the way back is right: a
 * run that was reset does not name the run that the reset made.
 */
async function chainOf(
  client: Client,
  call: Call,
  { execId, runId }: { readonly execId: string; readonly runId: string },
): Promise<readonly string[]> {
  const runBefore = async (id: string): Promise<string> => {
    const event = await call(`execution "${execId}"`, undefined, () =>
      readFirstEvent(client, execId, id),
    )
    return event?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId ?? ''
  }
  const chain = [runId]
  let before = await runBefore(runId)
  while (before !== '') {
    // Retention removes the first runs of a chain first.
    const earlier = await runBefore(before).catch(undefinedIfGone)
    if (earlier === undefined) break
    chain.unshift(before)
    before = earlier
  }
  return chain
}

function undefinedIfGone(error: unknown): undefined {
  if (error instanceof CompozyError && error.code === 'not_found') return undefined
  throw error
}

async function* eventsOf(
  client: Client,
  call: Call,
  execId: string,
  runId: string,
): AsyncGenerator<TemporalEvent> {
  let nextPageToken: Uint8Array | undefined
  do {
    const request = defined({
      namespace: client.options.namespace,
      execution: { workflowId: execId, runId },
      nextPageToken,
    })
    const page = await call(`history of execution "${execId}"`, undefined, () =>
      client.workflowService.getWorkflowExecutionHistory(request),
    )
    yield* page.history?.events ?? []
    nextPageToken = page.nextPageToken?.length ? page.nextPageToken : undefined
  } while (nextPageToken !== undefined)
}

const closeTypes = [
  ['workflowExecutionCompletedEventAttributes', 'run_completed'],
  ['workflowExecutionFailedEventAttributes', 'run_failed'],
  ['workflowExecutionCanceledEventAttributes', 'run_canceled'],
  ['workflowExecutionTerminatedEventAttributes', 'run_terminated'],
  ['workflowExecutionTimedOutEventAttributes', 'run_timed_out'],
] as const satisfies readonly (readonly [keyof TemporalEvent, HistoryType])[]

/** Notes that the run starts, goes on in another run of Temporal's, or closes. */
function noteRunEvent(journal: Journal, event: TemporalEvent, hop: number): void {
  const at = timeOf(event)
  if (event.workflowExecutionStartedEventAttributes && hop === 0)
    journal.note({ type: 'run_started', at })
  if (event.workflowExecutionContinuedAsNewEventAttributes)
    journal.note({ type: 'run_continued', at })
  const close = closeTypes.find(([name]) => event[name])
  if (close === undefined) return
  const failure = event.workflowExecutionFailedEventAttributes?.failure
  const error = failure
    ? taskErrorOf(defaultFailureConverter.failureToError(failure, defaultPayloadConverter))
    : undefined
  journal.closeOpenTasks(at)
  journal.note(defined({ type: close[1], at, error }))
}
