import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * The files of a run's log. Each process writes files of its own, in segments: a run's lines are
 * spread over `<dir>/<hh>/<run>.<writer>.<segment>.ndjson`. `run` is a hash of the exec_id, so that
 * no id can name a path; `hh` are its first characters, so that no folder grows large.
 */
export interface LogFileName {
  readonly run: string
  /** Names the process that writes it, 8 hex digits. */
  readonly writer: string
  /** 0 holds the first lines; of the later ones the last few are kept. */
  readonly segment: number
}

const pattern = /^([0-9a-f]{40})\.([0-9a-f]{8})\.(\d{1,9})\.ndjson$/

/** Returns the name that a run's files begin with. */
export function runNameOf(execId: string): string {
  return createHash('sha256').update(execId).digest('hex').slice(0, 40)
}

/** Returns the folder that holds a run's files. */
export const shardOf = (dir: string, run: string): string => join(dir, run.slice(0, 2))

/** Returns the path of one file. */
export function logFilePath(dir: string, { run, writer, segment }: LogFileName): string {
  return join(shardOf(dir, run), `${run}.${writer}.${segment}.ndjson`)
}

/** Returns what a file's name says; undefined for files of others. */
export function parseLogFileName(name: string): LogFileName | undefined {
  const [, run, writer, segment] = pattern.exec(name) ?? []
  if (run === undefined || writer === undefined) return undefined
  return { run, writer, segment: Number(segment) }
}

/** Most writers of one run whose lines are read: each worker process is one. */
const maximumWriters = 200

/** Lists the segments of a run by writer, in order. */
export async function listSegments(
  dir: string,
  execId: string,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const run = runNameOf(execId)
  const byWriter = new Map<string, number[]>()
  for (const name of await namesIn(shardOf(dir, run))) {
    if (!name.startsWith(run)) continue
    const file = parseLogFileName(name)
    if (file === undefined) continue
    const known = byWriter.get(file.writer)
    if (known !== undefined) known.push(file.segment)
    else if (byWriter.size < maximumWriters) byWriter.set(file.writer, [file.segment])
  }
  for (const segments of byWriter.values()) segments.sort((a, b) => a - b)
  return byWriter
}

/** Names in a folder; none when it does not exist. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
