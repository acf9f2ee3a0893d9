import { totalmem } from 'node:os'
import { getHeapStatistics } from 'node:v8'

const mebibyte = 2 ** 20

/** What bounds the memory of this process, bytes. */
export interface MemoryLimits {
  /** Limit of the container (cgroup v1 or v2), else the memory of the machine. */
  readonly process: number
  /** Limit of one V8 heap, as Node.js chose it or `--max-old-space-size` says. */
  readonly heap: number
}

/** Returns the limits of this process. */
export function readMemoryLimits(): MemoryLimits {
  const machine = totalmem()
  // 0 where the system does not tell, and far above the machine where there is no limit.
  const container = process.constrainedMemory()
  return {
    process: container > 0 ? Math.min(container, machine) : machine,
    heap: getHeapStatistics().heap_size_limit,
  }
}

/** What a process holds without a run in its cache: the program, its tools' smallest process. */
const reservedBytes = 256 * mebibyte

/** A cached run with about 100 kB of definition, input and outputs; most take far less. */
const bytesPerRun = mebibyte / 2

/** The fewest let runs go on without a replay at each step; more than the most never helped. */
const bounds = { fewest: 10, most: 10_000 }

/**
 * Returns how many open runs a worker may keep in memory: those that fit in half of the memory that
 * is left to each worker, and in half of its workflow thread's heap. The other half is for steps in
 * progress, requests and tool processes.
 */
export function cachedRunsWithin(limits: MemoryLimits, workers: number): number {
  const share = (limits.process - reservedBytes) / 2 / workers
  const runs = Math.floor(Math.min(share, limits.heap / 2) / bytesPerRun)
  return Math.max(bounds.fewest, Math.min(bounds.most, runs))
}
