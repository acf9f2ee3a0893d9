/**
 * Waits for so many ms, or until `signal` aborts. Leaves no timer and no listener behind.
 * @param options with `keepsAlive: false`, a process with nothing else to do ends meanwhile
 */
export function sleep(
  ms: number,
  signal: AbortSignal,
  { keepsAlive = true }: { readonly keepsAlive?: boolean } = {},
): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    if (!keepsAlive) timer.unref()
    signal.addEventListener('abort', end)
    if (signal.aborted) end()
  })
}
