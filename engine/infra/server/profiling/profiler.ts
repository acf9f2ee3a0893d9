import { Session } from 'node:inspector/promises'
import { CompozyError } from '../../../core/errors.ts'
import { writeCpuProfile, writeHeapProfile } from './pprof.ts'

/** Profiles of this process, as gzipped pprof. */
export interface Profiler {
  /** Watches for this long. Throws CompozyError: `conflict` while another does, `unavailable` when given up. */
  cpu(ms: number, options: { signal: AbortSignal }): Promise<Buffer>
  /** What is alive of that which was allocated since the profiler was made. */
  heap(): Promise<Buffer>
  stop(): void
}

/** A sample about every so many bytes; Go's own default. */
const heapSampleBytes = 512 * 1_024

/** Begins to sample allocations, which costs little, and waits for questions. */
export async function createProfiler(): Promise<Profiler> {
  const session = new Session()
  session.connect()
  await session.post('HeapProfiler.startSampling', { samplingInterval: heapSampleBytes })
  await session.post('Profiler.enable')
  let busy = false

  return {
    async cpu(ms, { signal }) {
      if (busy) throw new CompozyError('conflict', 'a CPU profile is being taken; one at a time')
      busy = true
      try {
        const startedAt = Date.now()
        await session.post('Profiler.start')
        await passed(ms, signal)
        const { profile } = await session.post('Profiler.stop')
        if (signal.aborted) throw new CompozyError('unavailable', 'the profile was given up')
        return await writeCpuProfile(profile, startedAt)
      } finally {
        busy = false
      }
    },
    async heap() {
      const { profile } = await session.post('HeapProfiler.getSamplingProfile')
      return writeHeapProfile(profile, Date.now())
    },
    stop: () => session.disconnect(),
  }
}

/** Resolves when the time is up or `signal` aborts. */
function passed(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    const end = (): void => {
      clearTimeout(timer)
      resolve()
    }
    if (signal.aborted) end()
    signal.addEventListener('abort', end, { once: true })
  })
}
