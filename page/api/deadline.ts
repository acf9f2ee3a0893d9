/** How long a read may take, ms: as long as the server waits for a request. */
export const readDeadlineMs = 30_000

/**
 * Reads with a signal that aborts at the deadline, with a TimeoutError, or with the caller's.
 * Browsers of 2023 have no `AbortSignal.any`.
 */
export async function withDeadline<T>(
  signal: AbortSignal | undefined,
  read: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const aborter = new AbortController()
  const leave = () => aborter.abort(signal?.reason)
  if (signal?.aborted) leave()
  signal?.addEventListener('abort', leave)
  const late = new DOMException('the server does not answer', 'TimeoutError')
  const timer = setTimeout(() => aborter.abort(late), readDeadlineMs)
  try {
    return await read(aborter.signal)
  } catch (error) {
    // A body that is cut off may reject with an AbortError in place of the reason.
    const isCut = error instanceof DOMException && error.name === 'AbortError'
    throw isCut && aborter.signal.reason === late ? late : error
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', leave)
  }
}
