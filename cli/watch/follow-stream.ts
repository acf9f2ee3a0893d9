import { CompozyError, type ErrorCode } from '../../engine/core/errors.ts'
import { pause } from './pause.ts'

/** A stream that breaks is opened again this often in a row before the command gives up. */
const attempts = 10
/** The pause before the first reconnect, ms; each further one is longer by as much. */
const pauseMs = 1_000

/** Refusals of an engine that starts, stops, or has lost Temporal. */
const outages: ReadonlySet<ErrorCode> = new Set([
  'unavailable',
  'temporal_unavailable',
  'temporal_timeout',
  'temporal_failed',
])

/** What is said when the command gives up. */
interface FollowedRun {
  readonly execId: string
  /** The commands that go on, in order. */
  readonly continueWith: readonly string[]
  readonly signal: AbortSignal
}

/**
 * Takes the events of a run's stream until one gives a result, across broken connections and
 * restarts of the engine. An engine that refuses the first connection is not asked again.
 */
export async function followStream<Event, Result>(
  open: () => AsyncIterable<Event>,
  take: (event: Event) => Promise<Result | undefined> | Result | undefined,
  { execId, continueWith, signal }: FollowedRun,
): Promise<Result> {
  let wasOpen = false
  let broken = 0
  let cause: unknown
  while (broken < attempts) {
    if (broken > 0) await pause(broken * pauseMs, signal)
    try {
      for await (const event of open()) {
        wasOpen = true
        broken = 0
        const result = await take(event)
        if (result !== undefined) return result
      }
    } catch (error) {
      // A CompozyError is an answer; anything else is a connection that broke.
      const isAnswer = error instanceof CompozyError && !(wasOpen && outages.has(error.code))
      if (signal.aborted || isAnswer) throw error
      cause = error
    }
    wasOpen = true
    broken++
  }
  throw new CompozyError(
    'unavailable',
    `the connection broke ${attempts} times in a row while watching ${execId}; the run is not affected\n` +
      `continue with: ${continueWith.join(', then ')}`,
    { cause },
  )
}
