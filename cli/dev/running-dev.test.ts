import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { findRunningDev, publishAddress } from './running-dev.ts'

const api = 'http://127.0.0.1:4711'

function project(): string {
  const dir = mkdtempSync(join(tmpdir(), 'compozy-dev-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  mkdirSync(join(dir, '.compozy'))
  return dir
}

const write = (dir: string, text: string): void =>
  writeFileSync(join(dir, '.compozy', 'dev.json'), text)

describe('the address of a running dev', () => {
  it('Should be found while dev runs, and not after it ended', () => {
    const dir = project()
    expect(findRunningDev(dir)).toBeUndefined()
    const remove = publishAddress(dir, api)
    expect(findRunningDev(dir)).toBe(api)
    remove()
    expect(findRunningDev(dir)).toBeUndefined()
    expect(existsSync(join(dir, '.compozy', 'dev.json'))).toBe(false)
  })

  it('Should be ignored when its process has ended, also if the number is used again', () => {
    const dir = project()
    publishAddress(dir, api)
    const file = join(dir, '.compozy', 'dev.json')
    const written = JSON.parse(readFileSync(file, 'utf8')) as object
    write(dir, JSON.stringify({ ...written, born: 'another time' }))
    expect(findRunningDev(dir)).toBeUndefined()
    write(dir, JSON.stringify(written))
    expect(findRunningDev(dir)).toBe(api)
  })

  it('Should be ignored in a copy of the project', () => {
    const [dir, copy] = [project(), project()]
    publishAddress(dir, api)
    cpSync(dir, copy, { recursive: true })
    expect(findRunningDev(copy)).toBeUndefined()
    expect(findRunningDev(dir)).toBe(api)
  })

  it("Should leave a newer dev's address when an older one ends", () => {
    const dir = project()
    const remove = publishAddress(dir, api)
    publishAddress(dir, 'http://127.0.0.1:4712')
    remove()
    expect(findRunningDev(dir)).toBe('http://127.0.0.1:4712')
  })

  it.each(['', '{', '[]', '{"api":1}', 'null'])('Should ignore the file %j', (text) => {
    const dir = project()
    write(dir, text)
    expect(findRunningDev(dir)).toBeUndefined()
  })
})
