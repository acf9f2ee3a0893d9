import { describe, expect, it } from 'vitest'
import { within } from '../../../test/support/within.ts'
import { readToolExports } from './tool-exports.ts'

describe('readToolExports', () => {
  it.each([
    ['export const sum = 1', ['sum']],
    ['export default async () => 1', ['default']],
    ['export default class {}', ['default']],
    ['export{a as default,b}', ['default', 'b']],
    ['export async function* pages() {}', ['pages']],
    ['export function*pages() {}', ['pages']],
    ['export abstract class Base {}', ['Base']],
    ['export const enum Color { red }', ['Color']],
    ['export namespace Outer.Inner {}', ['Outer']],
    ['export { a, type B, c as run, "x" as "y z" } from "./a.ts"', ['a', 'run', 'y z']],
    ['export { type, type as kind, type Other as Another }', ['type', 'kind']],
    ['export * as all from "./a.ts"', ['all']],
    ['export /* a */ const // b\n sum = 1', ['sum']],
    ['export {\n  // the price\n  price, /* and */ tax,\n}', ['price', 'tax']],
    ['const a = 1; export let größe = a;export var $x1=2', ['größe', '$x1']],
    ['interface A {}\nexport type B = A\nexport interface C {}\nexport type { A }', []],
    ['// export const sum = 1\n  // export default 1', []],
    ['x.export = 1; const exporter = { export: 1 }; exportAll()', []],
    ['const text = "we export nothing"', []],
    ["export const glob = 'a/*'; export const sum = 1; const end = '*/'", ['glob', 'sum']],
    ['const url = `\n// `; export const sum = 1', ['sum']],
    ["const url = 'a\\\n// '; export const sum = 1", ['sum']],
    ['const a = <p>\n// </p>; export const sum = 1', ['sum']],
    ['/*\n// */ export const sum = 1', ['sum']],
    ['// export const a = 1\r// export const b = 1\u2028export const sum = 1', ['sum']],
    ['functoin run() {}', []],
    ['', []],
  ])('Should read the names of %j', (text, names) => {
    expect([...readToolExports(text)!.names]).toEqual(names)
  })

  it.each([
    ['export * from "./a.ts"'],
    ['export const { sum } = all'],
    ['export const [sum] = all'],
    ['exports.sum = 1'],
    ['module.exports = { sum }'],
    ['Object.defineProperty(exports, "sum", { get })'],
    ['export = sum'],
    ['export import sum = all.sum'],
    ['@a export class A {}\nexport @a class B {}'],
    ['export { \\u0073um }'],
    ['export const s\\u0075m = 1'],
    ['export /* const sum = 1'],
    ['x'.repeat(2_000_000)],
  ])('Should say nothing about %s', (text) => {
    expect(readToolExports(text)).toBeUndefined()
  })

  it.each([
    ['export const a = 1, sum = 2', true],
    ['export const a = f(1, 2),\n  // the sum\n  sum: number = 2', true],
    ['export let a, sum\nsum = 1', true],
    ['export let a, sum;', true],
    ['const a = 1, sum = 2\nexport { a }', false],
    ['const text = "a\n", sum = 1', false],
    ['const sum = 1\nexport const a = sum', false],
    ['export const a = 1, summary = 2', false],
    ['export const a = b\n// , sum', false],
    ['export const a = () => sum', false],
    ["export const version = '1', { sum } = make()", true],
    ["export const version = '1', { total: sum } = make()", true],
    ["export const version = '1', [sum] = make()", true],
    ["export const version = '1', [...sum] = make()", true],
    ["export const version = '1', { a, ...sum } = make()", true],
    ["export const version = '1', { sum = 1 } = make()", true],
    ['export let a, sum // note\nsum = 1', true],
    ['export let a: A, sum!: Tool', true],
    ['export let a, sum', true],
    ['export let a, s\\u0075m', true],
    ['export const a = 1, /* b */ /* c */\n// d\n\rsum = 2', true],
    ["export const glob = 'a/*', sum = 2, end = '*/'", true],
  ])('Should tell whether %j may export a variable after the first: %s', (text, expected) => {
    expect(readToolExports(text)!.mayHave('sum')).toBe(expected)
  })

  it.each([
    ['a block', (text: string) => `/*${text}*/`],
    ['a line', (text: string) => `//${text}\n`],
  ])('Should read past a long comment: %s', (_, toComment) => {
    const comment = toComment(' the sum'.repeat(1_000))
    expect(readToolExports(`export ${comment} const sum = 1`)!.names).toEqual(new Set(['sum']))
    expect(readToolExports(`export const a = 1, ${comment} sum = 2`)!.mayHave('sum')).toBe(true)
    expect(readToolExports(`export const a = 1 ${comment} + sum`)!.mayHave('sum')).toBe(false)
  })

  it('Should not take a label or a key for a default export', () => {
    const text = 'export const a = { default: 1 }; switch (a) { default: }'
    expect(readToolExports(text)!.mayHave('default')).toBe(false)
    expect(readToolExports(`${text}; export { a as default }`)!.mayHave('default')).toBe(true)
  })

  it.each([
    ['comments in a list', `export const run = 1\n[1, ${'/* 2, */\n'.repeat(60)}`],
    ['comments before a name', `export const run = 1, ${'/* 2, */ '.repeat(20_000)} 3`],
    ['comments that hold commas', `export const run = 1 ${',/*,/**/ '.repeat(28_000)}`],
    ['comments that hold exports', 'export/*export/**/ '.repeat(13_000)],
    ['comments in which others begin', `${'export/*'.repeat(32_000)}*/`],
    ['commas in which comments begin', `export const a${',/*'.repeat(80_000)}*/`],
    ['open comments', 'export/*'.repeat(32_000)],
    ['open comments after commas', `export const a${',/*'.repeat(80_000)}`],
    ['lists in lists', 'export {a,'.repeat(26_000)],
    ['exports as names of a list', `export {${'export '.repeat(37_000)}`],
    ['many variables', 'export const a = 1 '.repeat(13_000)],
    ['many names', `export const a${', other '.repeat(37_000)}`],
    ['modifiers', `export ${'async '.repeat(43_000)}`],
    ['carriage returns', `export const a = 1${'\r'.repeat(260_000)}`],
    ['line separators', `export const a = 1${'\u2028\u2029'.repeat(130_000)}`],
    ['spaces', `export const a = 1${' '.repeat(260_000)}`],
    ['commented lines', `export const a = 1\n${'//\r'.repeat(80_000)}`],
    ['types', `export {${'type   '.repeat(37_000)}`],
  ])('Should read %s in a time linear in the length', (_, text) => {
    expect(() => within(1_000, () => readToolExports(text)?.mayHave('sum'))).not.toThrow()
  })
})
