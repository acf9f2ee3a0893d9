/**
 * Calls `load` at once, in a hidden tab too, then again `everyMs` after each call. What is due
 * while the tab is hidden waits until it is shown.
 */
export function repeatWhileVisible(
  load: () => Promise<void>,
  everyMs: number | undefined,
  signal: AbortSignal,
): void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let isDue = false
  const run = async () => {
    isDue = false
    await load()
    if (everyMs === undefined || signal.aborted) return
    timer = setTimeout(() => {
      isDue = true
      runIfShown()
    }, everyMs)
  }
  const runIfShown = () => {
    if (isDue && document.visibilityState === 'visible') void run()
  }
  document.addEventListener('visibilitychange', runIfShown, { signal })
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true })
  void run()
}
