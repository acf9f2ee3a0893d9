import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { silentLogger } from '../../../core/logger.ts'
import { claimDatabase } from './database-lock.ts'
import { birthOf } from './process-birth.ts'
import { temporaryFolder } from '../testing/folder.ts'

function database(): { file: string; lock: string; folder: string } {
  const folder = temporaryFolder()
  const file = join(folder, 'temporal.db')
  return { file, lock: `${file}.lock`, folder }
}

function sleeper(): ChildProcess {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

const gone = { pid: 2 ** 22 + 1, born: 'long ago' }

describe('birthOf', () => {
  it('Should name a living process, always the same, and tell it from another', () => {
    const other = sleeper()
    expect(birthOf(process.pid)).toMatch(/\S/)
    expect(birthOf(process.pid)).toBe(birthOf(process.pid))
    expect(birthOf(other.pid!)).not.toBe(birthOf(process.pid))
  })

  it('Should know nothing of a process that has ended', async () => {
    const child = sleeper()
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(birthOf(child.pid!)).toBeUndefined()
  })
})

describe('claimDatabase', () => {
  it('Should refuse a second claim, naming the file and the holder, until the first is released', async () => {
    const { file, folder } = database()
    const first = await claimDatabase(file, silentLogger)
    const refused = claimDatabase(file, silentLogger)
    await expect(refused).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(
        `${file} is already in use by another Compozy (process ${process.pid})`,
      ),
    })
    first.release()
    const second = await claimDatabase(file, silentLogger)
    second.release()
    expect(readdirSync(folder)).toEqual([])
  })

  it('Should not take the lock in a copy of a running project for a claim on the copy', async () => {
    const { folder, file } = database()
    const original = await claimDatabase(file, silentLogger)
    const server = sleeper()
    original.setServer(server.pid!)
    const copy = join(temporaryFolder(), 'copy')
    cpSync(folder, copy, { recursive: true })
    const second = await claimDatabase(join(copy, 'temporal.db'), silentLogger)
    expect(server.exitCode).toBeNull()
    second.release()
    await expect(claimDatabase(file, silentLogger)).rejects.toMatchObject({ code: 'conflict' })
    original.release()
  })

  it('Should still be refused where the folder of a running project was moved', async () => {
    const { folder, file } = database()
    const claim = await claimDatabase(file, silentLogger)
    const moved = join(temporaryFolder(), 'moved')
    renameSync(folder, moved)
    await expect(claimDatabase(join(moved, 'temporal.db'), silentLogger)).rejects.toMatchObject({
      code: 'conflict',
    })
    renameSync(moved, folder)
    claim.release()
  })

  it('Should not release what somebody else claimed since', async () => {
    const { file, lock } = database()
    const first = await claimDatabase(file, silentLogger)
    first.release()
    await claimDatabase(file, silentLogger)
    first.release()
    expect(existsSync(lock)).toBe(true)
  })

  it.each([
    ['of a process that is gone', JSON.stringify({ owner: gone })],
    [
      "of an earlier process with this one's number",
      JSON.stringify({ owner: { ...gone, pid: process.pid } }),
    ],
    ['of a server that is gone too', JSON.stringify({ owner: gone, server: gone })],
    ['that is of no known shape', '{"owner": 17}'],
    ['that holds nothing', ''],
    ['that is cut off', '{"owner":{"pi'],
  ])('Should take over a lock %s', async (_, text) => {
    const { file, lock, folder } = database()
    writeFileSync(lock, text)
    await claimDatabase(file, silentLogger)
    expect(JSON.parse(readFileSync(lock, 'utf8'))).toMatchObject({ owner: { pid: process.pid } })
    expect(readdirSync(folder)).toEqual(['temporal.db.lock'])
  })

  it('Should end the server that a killed holder left behind, and only that very process', async () => {
    const { file, lock } = database()
    const orphan = sleeper()
    const bystander = sleeper()
    const ended = once(orphan, 'exit')
    const server = { pid: orphan.pid!, born: birthOf(orphan.pid!) }
    writeFileSync(lock, JSON.stringify({ owner: gone, server }))
    ;(await claimDatabase(file, silentLogger)).release()
    expect(await ended).toEqual([null, 'SIGTERM'])

    writeFileSync(
      lock,
      JSON.stringify({ owner: gone, server: { pid: bystander.pid, born: 'long ago' } }),
    )
    await claimDatabase(file, silentLogger)
    expect(birthOf(bystander.pid!)).toMatch(/\S/)
  })

  it.each([
    ['is below a file', (folder: string) => join(folder, 'file/below/temporal.db'), 'ENOTDIR'],
    [
      'has a name that is too long',
      (folder: string) => join(folder, `${'x'.repeat(300)}.db`),
      'ENAMETOOLONG',
    ],
  ])('Should name the folder where a database %s', async (_, place, reason) => {
    const { folder } = database()
    writeFileSync(join(folder, 'file'), '')
    await expect(claimDatabase(place(folder), silentLogger)).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(
        `^${folder}.*: the database of runs cannot be written there: ${reason}`,
      ),
    })
  })

  it('Should let only one of several take over a stale lock', async () => {
    const { file, lock } = database()
    writeFileSync(lock, JSON.stringify({ owner: gone }))
    const claims = await Promise.allSettled(
      Array.from({ length: 8 }, () => claimDatabase(file, silentLogger)),
    )
    expect(claims.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  it('Should note the server without ever showing half a lock', async () => {
    const { file, lock, folder } = database()
    const claim = await claimDatabase(file, silentLogger)
    const child = sleeper()
    claim.setServer(child.pid!)
    expect(JSON.parse(readFileSync(lock, 'utf8'))).toMatchObject({
      owner: { pid: process.pid, born: birthOf(process.pid) },
      server: { pid: child.pid, born: birthOf(child.pid!) },
    })
    expect(readdirSync(folder)).toEqual(['temporal.db.lock'])
  })
})
