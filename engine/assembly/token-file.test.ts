import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { silentLogger } from '../core/logger.ts'
import { createTokenFile } from './token-file.ts'

/** Creates a token file, its reader and a clock that the test moves. */
function prepare(first: string) {
  const dir = mkdtempSync(join(tmpdir(), 'tokens-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  const file = join(dir, 'token')
  writeFileSync(file, first)
  const warnings: string[] = []
  const trouble = { check: undefined as Error | undefined }
  let checks = 0
  let time = 0
  const read = createTokenFile({
    setting: 'TOKEN_FILE',
    file,
    logger: { ...silentLogger, warn: (_fields, message) => void warnings.push(message) },
    check: (text) => {
      checks++
      if (trouble.check !== undefined) throw trouble.check
      if (text === 'bad') throw new Error('bad')
    },
    now: () => time,
  })
  const replace = (text: string): void => {
    writeFileSync(`${file}.new`, text)
    renameSync(`${file}.new`, file)
    time += 1_000
  }
  const wait = (ms: number): void => void (time += ms)
  return { file, read, replace, warnings, trouble, checks: () => checks, wait }
}

describe('a token file', () => {
  it('Should be read again when it changes, and only then', () => {
    const { read, replace, file, wait } = prepare('one\n')
    expect(read()).toBe('one')
    writeFileSync(file, 'two')
    expect(read()).toBe('one')
    wait(1_000)
    expect(read()).toBe('two')
    replace('three')
    expect(read()).toBe('three')
  })

  it('Should keep the last good text when it becomes invalid or disappears', () => {
    const { read, replace, warnings, file, wait } = prepare('one')
    for (const text of ['bad', '']) {
      replace(text)
      expect(read()).toBe('one')
    }
    rmSync(file)
    wait(1_000)
    expect(read()).toBe('one')
    wait(1_000)
    expect(read()).toBe('one')
    expect(warnings).toHaveLength(3)
    replace('two')
    expect(read()).toBe('two')
  })

  it('Should be tried again until it can be read, with one warning', () => {
    const { read, replace, warnings, trouble, wait } = prepare('one')
    trouble.check = new Error('cannot be read for now')
    replace('two')
    for (let second = 0; second < 3; second++) {
      expect(read()).toBe('one')
      wait(1_000)
    }
    expect(warnings).toHaveLength(1)
    trouble.check = undefined
    expect(read()).toBe('two')
    expect(warnings).toHaveLength(1)
  })

  it('Should be read again when its rights change, and not while nothing does', () => {
    const { read, file, checks, wait } = prepare('one')
    chmodSync(file, 0o600)
    wait(1_000)
    read()
    expect(checks()).toBe(2)
    wait(1_000)
    read()
    expect(checks()).toBe(2)
  })

  it('Should be read again when its bytes change under the old date and length', () => {
    const { read, file, wait } = prepare('one')
    const { atime, mtime } = statSync(file)
    utimesSync(file, atime, mtime)
    wait(1_000)
    expect(read()).toBe('one')
    writeFileSync(file, 'two')
    utimesSync(file, atime, mtime)
    wait(1_000)
    expect(read()).toBe('two')
  })

  it.each([
    ['bad', 'bad'],
    ['', 'the file is empty'],
  ])('Should be refused at start when it holds %j', (text, message) => {
    expect(() => prepare(text)).toThrow(message)
  })

  it('Should be refused at start when it is missing', () => {
    const options = { setting: 'TOKEN_FILE', file: '/no/such/file', logger: silentLogger }
    expect(() => createTokenFile(options)).toThrow(
      'TOKEN_FILE=/no/such/file: the file cannot be read',
    )
  })

  it.each([
    ['a folder', (file: string) => mkdirSync(file)],
    ['a pipe', (file: string) => void execFileSync('mkfifo', [file])],
    ['70,000 bytes', (file: string) => writeFileSync(file, 'x'.repeat(70_000))],
  ])('Should be refused at start and ignored later where it is %s', (_, create) => {
    const { file, read, warnings, wait } = prepare('one')
    rmSync(file)
    create(file)
    wait(1_000)
    expect(read()).toBe('one')
    expect(warnings).toEqual(['token file ignored; the old tokens stay'])
    expect(() => createTokenFile({ setting: 'TOKEN_FILE', file, logger: silentLogger })).toThrow(
      'the file cannot be read: not a regular file of at most 65536 bytes',
    )
  })

  it('Should be read again when Kubernetes swaps the link that leads to it', () => {
    const dir = mkdtempSync(join(tmpdir(), 'tokens-'))
    onTestFinished(() => rmSync(dir, { recursive: true }))
    const publish = (version: string, token: string): void => {
      mkdirSync(join(dir, version))
      writeFileSync(join(dir, version, 'token'), token)
      symlinkSync(version, join(dir, '..data.new'))
      renameSync(join(dir, '..data.new'), join(dir, '..data'))
    }
    publish('..v1', 'one')
    symlinkSync('..data/token', join(dir, 'token'))
    let time = 0
    const options = { setting: 'TOKEN_FILE', file: join(dir, 'token'), logger: silentLogger }
    const read = createTokenFile({ ...options, now: () => time })
    expect(read()).toBe('one')
    publish('..v2', 'two')
    rmSync(join(dir, '..v1'), { recursive: true })
    expect(read()).toBe('one')
    time += 1_000
    expect(read()).toBe('two')
  })

  it('Should be read without a byte order mark and line ends', () => {
    expect(prepare('\uFEFFone\r\n').read()).toBe('one')
  })
})
