import { readFileSync } from 'node:fs'

/** Time between two measurements. A tool can claim hundreds of megabytes in it, not gigabytes. */
const everyMs = 50

/** A process that uses more of its limit than this gets no further call. */
const nearly = 0.9

/** A watch on the memory of a process. */
export interface MemoryWatch {
  /** Reports whether the process was near its limit when last measured. */
  readonly isNearLimit: () => boolean
  stop(): void
}

/**
 * Calls `onExceeded` when a process exceeds its memory limit. V8's limit does not count buffers
 * (`new Uint8Array`), so this measures the whole process. Linux only; elsewhere only V8's limit
 * holds.
 */
export function watchMemory(
  { pid, limitMb }: { pid: number; limitMb: number },
  onExceeded: () => void,
): MemoryWatch {
  if (process.platform !== 'linux') return { isNearLimit: () => false, stop: () => undefined }
  let residentMb = 0
  const timer = setInterval(() => {
    try {
      const residentKb = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
      residentMb = Number(residentKb ?? 0) / 1_024
      if (residentMb > limitMb) onExceeded()
    } catch {
      clearInterval(timer) // the process is gone
    }
  }, everyMs)
  timer.unref()
  return {
    isNearLimit: () => residentMb > limitMb * nearly,
    stop: () => clearInterval(timer),
  }
}
