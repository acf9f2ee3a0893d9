/** Waits for SIGINT or SIGTERM. Rejects if `failed` rejects first. */
export function untilAborted(signal: AbortSignal, failed?: Promise<never>): Promise<void> {
  const aborted = new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
  return failed === undefined ? aborted : Promise.race([aborted, failed])
}
