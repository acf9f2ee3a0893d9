import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { Profiler } from 'node:inspector'
import { Session } from 'node:inspector/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { writeCpuProfile, writeHeapProfile } from '../engine/infra/server/profiling/pprof.ts'
import { root } from './root.ts'

/** Bytes between two samples of the heap; finer than a server's, for a benchmark is over soon. */
const samplingInterval = 32 * 1_024

/**
 * Does the work while V8's profilers watch this process and the workers that it starts, and writes
 * what they saw to `bench/profiles/` as gzipped pprof. Gives the files, relative to the project.
 * @param work is given a folder for the `.cpuprofile` files of workers
 */
export async function profiled(
  name: string,
  work: (profileTo: string) => Promise<unknown>,
): Promise<readonly string[]> {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('HeapProfiler.startSampling', { samplingInterval })
  const startedAt = Date.now()
  await session.post('Profiler.start')
  const workers = mkdtempSync(join(tmpdir(), 'compozy-profiles-'))
  await work(workers)
  const { profile: cpu } = await session.post('Profiler.stop')
  const { profile: heap } = await session.post('HeapProfiler.stopSampling')
  session.disconnect()
  const written = new Map([
    ['cpu', await writeCpuProfile(cpu, startedAt)],
    ['heap', await writeHeapProfile(heap, startedAt)],
  ])
  for (const { arm, thread, profile } of readWorkerProfiles(workers))
    written.set(`${arm}.${thread}.cpu`, await writeCpuProfile(profile, startedAt))
  rmSync(workers, { recursive: true })
  const folder = join(root, 'bench/profiles')
  mkdirSync(folder, { recursive: true })
  return [...written].map(([kind, bytes]) => {
    const file = join(folder, `${name}.${kind}.pb.gz`)
    writeFileSync(file, bytes)
    return relative(root, file)
  })
}

interface ThreadProfile {
  readonly arm: string
  readonly thread: 'main' | 'workflows'
  readonly profile: Profiler.Profile
}

/** Reads what Node.js wrote to `<folder>/<arm>/CPU.<date>.<time>.<pid>.<thread>.<n>.cpuprofile`. */
function readWorkerProfiles(folder: string): readonly ThreadProfile[] {
  return readdirSync(folder).flatMap((arm) =>
    readdirSync(join(folder, arm)).map((file) => ({
      arm,
      thread: file.split('.')[4] === '0' ? 'main' : 'workflows',
      profile: JSON.parse(readFileSync(join(folder, arm, file), 'utf8')) as Profiler.Profile,
    })),
  )
}
