import { sleep } from '../../engine/core/time/sleep.ts'

/** Waits for so many ms. Rejects with the signal's reason once it aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  await sleep(ms, signal)
  signal.throwIfAborted()
}
