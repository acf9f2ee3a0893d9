import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readInput, readToken } from './run-options.ts'

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'run-options-'))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const given = (values: Readonly<Record<string, string>>) => ({
  flags: { values, switches: new Set<string>(), positionals: [] },
  cwd: dir,
})

/** What `--input @file` gives for a file of these bytes. */
function inputOf(bytes: Uint8Array | string): unknown {
  writeFileSync(join(dir, 'input.json'), bytes)
  return readInput(given({ input: '@input.json' }))
}

describe('--input @FILE', () => {
  const utf16 = Buffer.from('{"a": "ü"}', 'utf16le')

  it.each<[string, Uint8Array | string]>([
    ['UTF-8', '{"a": "ü"}'],
    ['UTF-8 with a byte order mark', '\uFEFF{"a": "ü"}'],
    ['UTF-8 with CRLF at its end', '{"a": "ü"}\r\n'],
  ])('Should be read where the file is %s', (_, bytes) => {
    expect(inputOf(bytes)).toEqual({ a: 'ü' })
  })

  it.each<[string, Uint8Array | string, string]>([
    ['Latin-1', Buffer.from('{"a": "ü"}', 'latin1'), 'is not UTF-8; save it as UTF-8'],
    ['cut inside a character', Buffer.from('{"a": "ü"}').subarray(0, 8), 'is not UTF-8'],
    ['half a surrogate pair', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), 'is not UTF-8'],
    ['UTF-16', Buffer.concat([Buffer.from([0xff, 0xfe]), utf16]), 'is not UTF-8'],
    ['UTF-16 without a byte order mark', Buffer.from('{"a": 1}', 'utf16le'), 'is not UTF-8'],
    ['empty', '', 'is empty'],
    ['a byte order mark alone', '\uFEFF', 'is empty'],
    ['10 MiB and one byte', ' '.repeat(10 * 1024 * 1024 + 1), 'is too large; at most 10 MiB'],
  ])('Should be refused where the file is %s', (_, bytes, problem) => {
    expect(() => inputOf(bytes)).toThrow(`--input @input.json: the file ${problem}`)
  })

  it('Should be refused where the file is a folder', () => {
    mkdirSync(join(dir, 'folder'))
    expect(() => readInput(given({ input: '@folder' }))).toThrow(
      '--input @folder: the file cannot be read: it is a folder',
    )
  })

  it('Should be refused where the file never ends', () => {
    expect(() => readInput(given({ input: '@/dev/zero' }))).toThrow('is too large')
  })

  it('Should be read from a pipe', () => {
    const pipe = join(dir, 'pipe')
    execFileSync('mkfifo', [pipe])
    const writer = spawn('sh', ['-c', `printf '{"a": 1}' > ${pipe}`])
    expect(readInput(given({ input: '@pipe' }))).toEqual({ a: 1 })
    writer.kill()
  })
})

describe('a token file', () => {
  const tokenOf = (bytes: Uint8Array | string): unknown => {
    writeFileSync(join(dir, 'token'), bytes)
    return readToken({ ...given({ 'token-file': 'token' }), env: {} })
  }

  it('Should be read with a line break or a byte order mark', () => {
    for (const bytes of ['secret', 'secret\r\n', '\uFEFFsecret\n'])
      expect(tokenOf(bytes)).toEqual({ token: 'secret' })
  })

  it.each(['', 'two words', Buffer.from([0xff])])('Should be refused: %j', (bytes) => {
    expect(() => tokenOf(bytes)).toThrow('--token-file token')
  })
})
