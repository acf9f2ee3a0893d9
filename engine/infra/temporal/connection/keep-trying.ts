import { sleep } from '../../../core/time/sleep.ts'

const pauseMs = { first: 100, longest: 5_000 }

/**
 * Repeats an attempt until one succeeds or `signal` aborts, with pauses that double up to five
 * seconds. Never rejects: `onFailure` gets the error of each failed attempt.
 */
export async function keepTrying(
  attempt: () => Promise<void>,
  options: { signal: AbortSignal; onFailure: (error: unknown, retryInMs: number) => void },
): Promise<void> {
  const { signal, onFailure } = options
  for (let wait = pauseMs.first; !signal.aborted; wait = Math.min(wait * 2, pauseMs.longest)) {
    try {
      return await attempt()
    } catch (error) {
      if (signal.aborted) return
      onFailure(error, wait)
      await sleep(wait, signal)
    }
  }
}
