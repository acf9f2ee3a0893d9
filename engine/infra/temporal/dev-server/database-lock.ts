import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { defined } from '../../../core/defined.ts'
import { CompozyError } from '../../../core/errors.ts'
import { isJsonObject } from '../../../core/json.ts'
import type { Logger } from '../../../core/logger.ts'
import { birthOf } from './process-birth.ts'

/** Identifies one process, also after its number is used again. */
interface ProcessName {
  readonly pid: number
  readonly born: string
}

/** The processes that hold a database file: Compozy and its Temporal server. */
interface Holder {
  readonly owner: ProcessName
  readonly server?: ProcessName
  /** Inode of the database's folder: a project that is copied while it runs copies the lock. */
  readonly folder?: number
}

/** A claimed database file. */
export interface DatabaseClaim {
  /** Records the server's process, so that a later Compozy can stop it if this one is killed. */
  setServer(pid: number): void
  release(): void
}

const orphanEndsWithinMs = 10_000
const pollMs = 50

const isAlive = ({ pid, born }: ProcessName): boolean => birthOf(pid) === born
const nameOf = (pid: number): ProcessName => ({ pid, born: birthOf(pid) ?? '' })

function read(lock: string): string | undefined {
  try {
    return readFileSync(lock, 'utf8')
  } catch {
    return undefined
  }
}

function unwritable(folder: string, cause: unknown): CompozyError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new CompozyError(
    'config_invalid',
    `${folder}: the database of runs cannot be written there: ${reason}`,
    {
      cause,
    },
  )
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw unwritable(folder, error)
  }
}

function create(lock: string, text: string): boolean {
  try {
    writeFileSync(lock, text, { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw unwritable(dirname(lock), error)
  }
}

/** Replaces a file atomically. */
function replace(lock: string, text: string): void {
  const temporary = `${lock}.${randomUUID()}`
  writeFileSync(temporary, text)
  renameSync(temporary, lock)
}

/** Removes a lock that contains `text`; puts back one that another Compozy wrote meanwhile. */
function discard(lock: string, text: string): void {
  const aside = `${lock}.${randomUUID()}`
  try {
    renameSync(lock, aside)
  } catch {
    return
  }
  if (read(aside) === text) rmSync(aside, { force: true })
  else renameSync(aside, lock)
}

const isName = (value: unknown): value is ProcessName =>
  isJsonObject(value) && Number.isInteger(value['pid']) && typeof value['born'] === 'string'

/** Parses a lock; undefined when it is not valid. */
function holderIn(text: string): Holder | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!isJsonObject(value) || !isName(value['owner'])) return undefined
  return defined({
    owner: value['owner'],
    server: isName(value['server']) ? value['server'] : undefined,
    folder: typeof value['folder'] === 'number' ? value['folder'] : undefined,
  })
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // Already gone.
  }
}

/** Stops the server of a killed Compozy, which may still hold the file and the port. */
async function endOrphan(server: ProcessName, logger: Logger): Promise<void> {
  if (!isAlive(server)) return
  logger.warn({ pid: server.pid }, 'stopping the Temporal server of a Compozy that was killed')
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    send(server.pid, signal)
    const deadline = performance.now() + orphanEndsWithinMs
    while (performance.now() < deadline) {
      if (!isAlive(server)) return
      await sleep(pollMs)
    }
  }
  throw new CompozyError(
    'conflict',
    `the Temporal server of a killed Compozy (process ${server.pid}) does not stop; stop it by hand`,
  )
}

/** Reads a lock once its writer has finished; undefined when it is gone. */
async function settledText(lock: string): Promise<string | undefined> {
  for (let patience = 10; ; patience--) {
    const text = read(lock)
    if (text === undefined || patience === 0 || holderIn(text) !== undefined) return text
    await sleep(pollMs)
  }
}

/**
 * Claims a database file for this process: two servers would corrupt one SQLite file. Takes over
 * the claim of a process that is gone, and stops the server it left behind. Throws CompozyError
 * `conflict` that names a living holder, `config_invalid` when the folder is not writable.
 */
export async function claimDatabase(databaseFile: string, logger: Logger): Promise<DatabaseClaim> {
  const lock = `${databaseFile}.lock`
  makeFolder(dirname(lock))
  const mark: Holder = { owner: nameOf(process.pid), folder: statSync(dirname(lock)).ino }
  while (!create(lock, JSON.stringify(mark))) {
    const text = await settledText(lock)
    if (text === undefined) continue
    const found = holderIn(text)
    // A copied lock names processes that hold the original database, not this one.
    const isCopy = found?.folder !== undefined && found.folder !== mark.folder
    const holder = isCopy ? undefined : found
    if (holder !== undefined && isAlive(holder.owner)) {
      const message = `${databaseFile} is already in use by another Compozy (process ${holder.owner.pid}); stop it, or use it: --server and the URL that it printed`
      throw new CompozyError('conflict', message)
    }
    if (holder?.server !== undefined) await endOrphan(holder.server, logger)
    discard(lock, text)
  }
  let mine = true
  return {
    setServer: (pid) =>
      replace(lock, JSON.stringify({ ...mark, server: nameOf(pid) } satisfies Holder)),
    release() {
      if (mine) rmSync(lock, { force: true })
      mine = false
    },
  }
}
