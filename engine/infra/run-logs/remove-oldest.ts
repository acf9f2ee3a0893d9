import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { namesIn, parseLogFileName } from './files.ts'

/** Space that a file takes at least: a block of the disk. */
const blockBytes = 4_096

interface RunFiles {
  readonly paths: string[]
  bytes: number
  changedAt: number
}

/** Returns the size and age of every run's files. */
async function measure(dir: string): Promise<RunFiles[]> {
  const runs = new Map<string, RunFiles>()
  for (const shard of await namesIn(dir)) {
    if (!/^[0-9a-f]{2}$/.test(shard)) continue
    for (const name of await namesIn(join(dir, shard))) {
      const file = parseLogFileName(name)
      if (file === undefined) continue
      const path = join(dir, shard, name)
      const found = await stat(path).catch(() => undefined)
      if (found === undefined) continue
      const run = runs.get(file.run) ?? { paths: [], bytes: 0, changedAt: 0 }
      run.paths.push(path)
      run.bytes += Math.ceil(found.size / blockBytes) * blockBytes
      run.changedAt = Math.max(run.changedAt, found.mtimeMs)
      runs.set(file.run, run)
    }
  }
  return [...runs.values()]
}

/**
 * Removes the logs of the runs that printed longest ago until the folder holds at most `maxBytes`.
 * Touches no file that is not a log. Returns the bytes that are left.
 */
export async function removeOldest(dir: string, maxBytes: number): Promise<number> {
  const runs = await measure(dir)
  let bytes = runs.reduce((sum, run) => sum + run.bytes, 0)
  runs.sort((a, b) => a.changedAt - b.changedAt)
  for (const run of runs) {
    if (bytes <= maxBytes) break
    for (const path of run.paths) await rm(path, { force: true }).catch(() => undefined)
    bytes -= run.bytes
  }
  return bytes
}
