import { readFileSync } from 'node:fs'

/** How often a process is looked at. A tool can claim some hundred megabytes in between, not gigabytes. */
const everyMs = 50

/**
 * Calls `onExceeded` when a process holds more memory than its limit. V8's own limit does not count buffers
 * (`new Uint8Array`), so the whole process is measured. Linux only: elsewhere only V8's limit holds.
 *
 * @returns a function that ends the watch
 */
export function watchMemory(
  { pid, limitMb }: { pid: number; limitMb: number },
  onExceeded: () => void,
): () => void {
  if (process.platform !== 'linux') return () => undefined
  const timer = setInterval(() => {
    try {
      const residentKb = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
      if (Number(residentKb ?? 0) > limitMb * 1_024) onExceeded()
    } catch {
      clearInterval(timer) // the process is gone
    }
  }, everyMs)
  timer.unref()
  return () => clearInterval(timer)
}
