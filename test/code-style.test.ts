import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '..')

/** What the linter has no rule for, as `LINE: text`. */
type Check = (text: string) => readonly string[]

function numbered(text: string, at: number): string {
  const line = text.slice(0, at).split('\n').length
  return `${line}: ${text.split('\n')[line - 1]!.trim()}`
}

/** Returns the text from a `(` to its `)`. */
function parenthesized(text: string, open: number): string {
  let depth = 0
  for (let at = open; at < text.length; at++) {
    if (text[at] === '(') depth++
    if (text[at] === ')' && --depth === 0) return text.slice(open, at + 1)
  }
  return text.slice(open)
}

/** Keys that an object has under a condition. `defined` or plain code reads better. */
const conditionalSpreads: Check = (text) =>
  Array.from(text.matchAll(/\.\.\.\(/g), ({ index }) => index)
    .filter((at) => /&&\s*(?:\{|[a-z]\w*\)$)|[?:]\s*\{/.test(parenthesized(text, at + 3)))
    .map((at) => numbered(text, at))

/** Casts around the type checker without a comment that says why they hold. */
const bareCasts: Check = (text) => {
  const lines = text.split('\n')
  return lines.flatMap((line, index) => {
    const isDefended = line.includes('//') || /^\s*(?:\/\/|\*)/.test(lines[index - 1] ?? '')
    return / as unknown as /.test(line) && !isDefended ? [`${index + 1}: ${line.trim()}`] : []
  })
}

/** Mocks of a module. Unit tests share loaded modules, so files would get each other's. */
const moduleMocks: Check = (text) =>
  Array.from(text.matchAll(/\bvi\.(?:doM|m)ock\(/g), ({ index }) => numbered(text, index))

const self = 'test/code-style.test.ts'
const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.ts', '*.mjs'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && file !== self && existsSync(resolve(root, file)))

const found = (check: Check, among = files): string[] =>
  among.flatMap((file) =>
    check(readFileSync(resolve(root, file), 'utf8')).map((line) => `${file}:${line}`),
  )

describe('the style of the code', () => {
  it('Should spread no object under a condition', () => {
    expect(files.length).toBeGreaterThan(500)
    expect(found(conditionalSpreads)).toEqual([])
  })

  it.each([
    ['a guard', 'f({ ...(x !== undefined && { x }) })'],
    ['a guard over lines', 'f({\n  ...(x > 0 && {\n    x,\n  }),\n})'],
    ['a guard of a name', 'f({ ...(token && security) })'],
    ['a choice', 'f({ ...(x === undefined ? {} : { x }) })'],
  ])('Should name %s in a spread', (_, code) => {
    expect(conditionalSpreads(code)).toHaveLength(1)
  })

  it.each([
    'f([...(x ? [y] : [])])',
    'f([...(known ?? []), y])',
    'f({ ...known, ...defined({ x }) })',
  ])('Should accept %s', (code) => {
    expect(conditionalSpreads(code)).toEqual([])
  })

  it('Should defend each cast around the type checker by a comment', () => {
    expect(found(bareCasts)).toEqual([])
  })

  it('Should name a cast without a comment, and accept one with it', () => {
    const cast = 'const a = b as unknown as C'
    expect(bareCasts(`const b = 1\n${cast}`)).toEqual([`2: ${cast}`])
    expect(bareCasts(`// B is a C here.\n${cast}`)).toEqual([])
    expect(bareCasts(`${cast} // B is a C here`)).toEqual([])
  })

  it('Should mock a module only in a file that shares none', () => {
    const isMocked = (file: string): boolean => file.endsWith('.mocked.test.ts')
    expect(
      found(
        moduleMocks,
        files.filter((file) => !isMocked(file)),
      ),
    ).toEqual([])
    expect(
      files.filter(isMocked).filter((file) => found(moduleMocks, [file]).length === 0),
    ).toEqual([])
  })

  it('Should name a mock of a module, and accept one of a function', () => {
    const mock = "vi.mock('./reader.ts', { spy: true })"
    expect(moduleMocks(`const a = 1\n${mock}`)).toEqual([`2: ${mock}`])
    expect(moduleMocks('const read = vi.mocked(openReader)')).toEqual([])
  })
})
