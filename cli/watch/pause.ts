import { pause as waitOrAbort } from '../../engine/core/pause.ts'

/** Waits for so many ms. Rejects with the signal's reason once it aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  await waitOrAbort(ms, signal)
  signal.throwIfAborted()
}
