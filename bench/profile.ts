import { mkdirSync, writeFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import { join, relative } from 'node:path'
import { writeCpuProfile, writeHeapProfile } from '../engine/infra/server/profiling/pprof.ts'
import { root } from './root.ts'

/** Bytes between two samples of the heap; finer than a server's, for a benchmark is over soon. */
const samplingInterval = 32 * 1_024

/**
 * Does the work while V8's profilers watch this process, and writes what they saw to
 * `bench/profiles/` as gzipped pprof. Gives the files, relative to the project.
 */
export async function profiled(
  name: string,
  work: () => Promise<unknown>,
): Promise<readonly string[]> {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('HeapProfiler.startSampling', { samplingInterval })
  const startedAt = Date.now()
  await session.post('Profiler.start')
  await work()
  const { profile: cpu } = await session.post('Profiler.stop')
  const { profile: heap } = await session.post('HeapProfiler.stopSampling')
  session.disconnect()
  const folder = join(root, 'bench/profiles')
  mkdirSync(folder, { recursive: true })
  const written = {
    cpu: await writeCpuProfile(cpu, startedAt),
    heap: await writeHeapProfile(heap, startedAt),
  }
  return Object.entries(written).map(([kind, bytes]) => {
    const file = join(folder, `${name}.${kind}.pb.gz`)
    writeFileSync(file, bytes)
    return relative(root, file)
  })
}
