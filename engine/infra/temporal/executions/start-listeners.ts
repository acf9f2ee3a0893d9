import { randomUUID } from 'node:crypto'
import { CompozyError, type ErrorCode } from '../../../core/errors.ts'
import type { ListeningWorkflow } from './event-listeners.ts'
import type { PublishedEvent, PublishedRun } from './start-run.ts'

/** An event whose starts can be repeated. */
type KeyedEvent = PublishedEvent & { readonly idempotencyKey: string }

/** Starts the run of one listener; the same key starts it once. */
type StartListener = (listener: ListeningWorkflow, event: KeyedEvent) => Promise<PublishedRun>

/** Starts that are open at once: each has Temporal's deadline for itself. */
const maximumOpenStarts = 16
/** How often the start of one listener is tried while Temporal answers others. */
const maximumTries = 3
/** An event begins no start after this, ms: who waits for the answer gives up soon. */
const patienceMs = 25_000

/** Failures after which nobody knows whether the run was started. */
const unanswered: readonly ErrorCode[] = ['temporal_timeout', 'temporal_unavailable']

/**
 * Starts a run of every listener, some at a time. An event without an idempotency key gets one, so
 * that a start without an answer can be repeated. Returns the runs in the order of the listeners.
 * Throws the first failure that stays, with how many runs were started and the key that starts the
 * others.
 */
export async function startListeners(
  listeners: readonly ListeningWorkflow[],
  event: PublishedEvent,
  start: StartListener,
  now: () => number = () => performance.now(),
): Promise<readonly PublishedRun[]> {
  const { idempotencyKey = randomUUID() } = event
  const keyed = { ...event, idempotencyKey }
  const waiting = listeners.map((listener) => ({ listener, tries: 1 }))
  const started = new Map<ListeningWorkflow, PublishedRun>()
  const lanes = Math.min(maximumOpenStarts, listeners.length)
  const begunAt = now()
  let failures = 0
  let failure: CompozyError | undefined

  const startNext = async ({ listener, tries }: (typeof waiting)[number]): Promise<void> => {
    try {
      started.set(listener, await start(listener, keyed))
    } catch (thrown) {
      const error = CompozyError.from(thrown, 'temporal_failed')
      failures++
      const isAnswering = failures < lanes + started.size
      const mayRepeat = unanswered.includes(error.code) && tries < maximumTries && isAnswering
      if (mayRepeat) waiting.push({ listener, tries: tries + 1 })
      else failure ??= error
    }
  }

  const startInTurn = async (): Promise<void> => {
    for (;;) {
      const next = failure === undefined ? waiting.shift() : undefined
      if (next === undefined) return
      if (now() - begunAt > patienceMs) {
        const message = `Temporal did not start the rest within ${patienceMs / 1_000} s`
        failure = new CompozyError('temporal_timeout', message)
        return
      }
      await startNext(next)
    }
  }

  await Promise.all(Array.from({ length: lanes }, startInTurn))
  if (failure === undefined) return listeners.map((listener) => started.get(listener)!)
  throw describeFailure(failure, keyed, started.size, listeners.length)
}

/** A refusal of an event that started nothing needs no count. */
function describeFailure(
  cause: CompozyError,
  { name, idempotencyKey }: KeyedEvent,
  started: number,
  listeners: number,
): CompozyError {
  const { code, violations } = cause
  if (started === 0 && !unanswered.includes(code)) return cause
  const message =
    `event "${name}" started ${started} of ${listeners} runs: ${cause.message}; publish it again ` +
    `with the idempotency key "${idempotencyKey}": it starts the others, and none twice`
  return new CompozyError(code, message, { cause, violations })
}
