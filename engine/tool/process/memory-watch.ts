import { readFileSync } from 'node:fs'

/** Time between two measurements. A tool can claim hundreds of megabytes in it, not gigabytes. */
const everyMs = 50

/**
 * Calls `onExceeded` when a process exceeds its memory limit. V8's limit does not count buffers
 * (`new Uint8Array`), so this measures the whole process. Linux only; elsewhere only V8's limit
 * holds.
 *
 * @returns a function that stops the watch
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
