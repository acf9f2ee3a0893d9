import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CompozyError } from '../../core/errors.ts'
import type { Logger } from '../../core/logger.ts'

/** Who holds a database file: the process of Compozy, and that of its server once there is one. */
interface Holder {
  readonly owner: number
  readonly server?: number
}

/** A claimed database file. */
export interface DatabaseClaim {
  /** Notes the server's process, so that a later Compozy can end it should this one be killed. */
  setServer(pid: number): void
  release(): void
}

const orphanEndsWithinMs = 10_000

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: there, but somebody else's.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    try {
      return execFileSync('ps', ['-p', String(pid), '-o', 'command='], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      })
    } catch {
      return ''
    }
  }
}

function readHolder(lock: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(lock, 'utf8')) as Holder
  } catch {
    return undefined
  }
}

/** Ends the server of a Compozy that was killed: it still has the file open, and its port. */
async function endOrphan(pid: number, databaseFile: string, logger: Logger): Promise<void> {
  if (!isAlive(pid) || !commandOf(pid).includes(databaseFile)) return
  logger.warn({ pid }, 'ending the Temporal server that a killed Compozy left behind')
  process.kill(pid, 'SIGTERM')
  const deadline = performance.now() + orphanEndsWithinMs
  while (isAlive(pid)) {
    if (performance.now() > deadline) process.kill(pid, 'SIGKILL')
    await sleep(50)
  }
}

/**
 * Claims a database file for this process: two servers on one SQLite file would spoil it. A claim whose process is
 * gone counts for nothing, and a server it left behind is ended first. Throws CompozyError `conflict` that names a
 * living holder.
 */
export async function claimDatabase(databaseFile: string, logger: Logger): Promise<DatabaseClaim> {
  const lock = `${databaseFile}.lock`
  mkdirSync(dirname(lock), { recursive: true })
  const mine: Holder = { owner: process.pid }
  for (;;) {
    try {
      writeFileSync(lock, JSON.stringify(mine), { flag: 'wx' })
      break
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const holder = readHolder(lock)
    if (holder !== undefined && isAlive(holder.owner)) {
      const message = `${databaseFile} is already in use by another Compozy (process ${holder.owner}); stop it, or talk to it with --server`
      throw new CompozyError('conflict', message)
    }
    if (holder?.server !== undefined) await endOrphan(holder.server, databaseFile, logger)
    rmSync(lock, { force: true })
  }
  return {
    setServer: (server) => writeFileSync(lock, JSON.stringify({ ...mine, server })),
    release: () => rmSync(lock, { force: true }),
  }
}
