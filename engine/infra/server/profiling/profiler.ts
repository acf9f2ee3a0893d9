import { Session } from 'node:inspector/promises'
import { setFlagsFromString } from 'node:v8'
import { CompozyError } from '../../../core/errors.ts'
import { writeCpuProfile, writeHeapProfile } from './pprof.ts'

/** Takes profiles of this process, as gzipped pprof. */
export interface Profiler {
  /**
   * Profiles the CPU for `ms`. Throws CompozyError `conflict` if another profile runs,
   * `unavailable` if aborted.
   */
  cpu(ms: number, options: { signal: AbortSignal }): Promise<Buffer>
  /** Profiles the live objects that were allocated since the profiler was created. */
  heap(): Promise<Buffer>
  stop(): void
}

/** Bytes between two heap samples; Go's default. */
const heapSampleBytes = 512 * 1_024

/** Creates the profiler and starts to sample allocations, which costs little. */
export async function createProfiler(): Promise<Profiler> {
  // V8 of Node 22 and 24 does not tell a profile about loops that it replaced while they ran: the
  // time of the hottest function would appear in its caller.
  setFlagsFromString('--no-use-osr')
  const session = new Session()
  session.connect()
  await session.post('HeapProfiler.startSampling', { samplingInterval: heapSampleBytes })
  await session.post('Profiler.enable')
  let busy = false

  return {
    async cpu(ms, { signal }) {
      if (busy)
        throw new CompozyError(
          'conflict',
          'a CPU profile is already running; try again when it is done',
        )
      busy = true
      try {
        const startedAt = Date.now()
        await session.post('Profiler.start')
        await passed(ms, signal)
        const { profile } = await session.post('Profiler.stop')
        if (signal.aborted) throw new CompozyError('unavailable', 'the profile was aborted')
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
