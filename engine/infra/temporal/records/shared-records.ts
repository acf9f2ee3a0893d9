import type { CallOptions } from '../../../executions.ts'
import type { RunRecords } from '../../../definition/run-records.ts'
import { unlessAborted } from '../connection/calls.ts'
import type { ReadRun } from './read-records.ts'

/** Which run to read. */
export interface RecordsRequest {
  readonly execId: string
  readonly runId: string
  /** A closed run never changes: its records are kept as long as there is room. */
  readonly closed: boolean
}

/** Records of runs, shared by everybody in this process who reads them. */
export interface SharedRecords {
  get(request: RecordsRequest, options?: CallOptions): Promise<RunRecords>
}

/** Room and pauses; tests give smaller ones. */
export interface SharedRecordsOptions {
  readonly now?: () => number
  /** Bytes of history of all the records that are kept. */
  readonly bytes?: number
  /** Runs whose records are kept. */
  readonly runs?: number
  /** Histories that are read at a time. */
  readonly atOnce?: number
  /** Shortest time between two readings of an open run, ms. */
  readonly everyMs?: number
}

interface CachedRecords {
  readonly records: RunRecords
  readonly bytes: number
  /** No reading before this time, ms of `performance.now()`; Infinity for a closed run. */
  readonly freshUntil: number
}

/** A reading that took long is followed by a pause of this many times its duration. */
const pauseFactor = 4
const longestPauseMs = 60_000

/** Reads each run once for everybody who asks; keeps the last ones. */
export function createSharedRecords(
  readRun: (request: RecordsRequest) => Promise<Pick<ReadRun, 'records' | 'bytes'>>,
  options: SharedRecordsOptions = {},
): SharedRecords {
  const { now = () => performance.now(), bytes = 128_000_000, runs = 200 } = options
  const { atOnce = 2, everyMs = 1_000 } = options
  const kept = new Map<string, CachedRecords>()
  const reading = new Map<string, Promise<RunRecords>>()
  const queue: (() => void)[] = []
  let busy = 0
  let keptBytes = 0

  function forget(key: string): void {
    keptBytes -= kept.get(key)?.bytes ?? 0
    kept.delete(key)
  }

  function keep(key: string, entry: CachedRecords): void {
    forget(key)
    kept.set(key, entry)
    keptBytes += entry.bytes
    while (kept.size > runs || (keptBytes > bytes && kept.size > 1))
      forget(kept.keys().next().value!)
  }

  async function read(key: string, request: RecordsRequest): Promise<RunRecords> {
    if (busy >= atOnce) await new Promise<void>((resolve) => queue.push(resolve))
    else busy++
    const started = now()
    try {
      const { records, bytes: size } = await readRun(request)
      const pause = Math.min(longestPauseMs, Math.max(everyMs, (now() - started) * pauseFactor))
      const freshUntil = request.closed ? Infinity : now() + pause
      keep(key, { records, bytes: size, freshUntil })
      return records
    } finally {
      const next = queue.shift()
      if (next === undefined) busy--
      else next()
    }
  }

  return {
    async get(request, { signal } = {}) {
      const { execId, runId, closed } = request
      const key = JSON.stringify([execId, runId, closed])
      const found = kept.get(key)
      if (found !== undefined && now() < found.freshUntil) {
        kept.delete(key)
        kept.set(key, found)
        return found.records
      }
      let pending = reading.get(key)
      if (pending === undefined) {
        pending = read(key, request).finally(() => reading.delete(key))
        reading.set(key, pending)
        // Those who asked may have left by the time it fails.
        pending.catch(() => undefined)
      }
      const shared = pending
      return await unlessAborted(signal, execId, () => shared)
    },
  }
}
