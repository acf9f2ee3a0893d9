import { describe, expect, it } from 'vitest'
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
    [`export /*${'x'.repeat(2_000)}*/ const sum = 1`],
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
    ['export const a = (b, sum) => [a, sum]', false],
    ['const sum = 1\nexport const a = sum', false],
    ['export const a = 1, summary = 2', false],
    ['export const a = (b, sum == 1)', false],
  ])('Should tell whether %j may export a variable after the first: %s', (text, expected) => {
    expect(readToolExports(text)!.mayHave('sum')).toBe(expected)
  })

  it('Should read a hostile text within a moment', () => {
    const started = performance.now()
    readToolExports('export/*'.repeat(100_000))
    readToolExports(`export const a${',/*'.repeat(300_000)}`)?.mayHave('sum')
    readToolExports('export {a,'.repeat(100_000))
    readToolExports('export const a = 1 '.repeat(50_000))?.mayHave('sum')
    readToolExports(`export const a${', sum '.repeat(100_000)}`)?.mayHave('sum')
    expect(performance.now() - started).toBeLessThan(5_000)
  })
})
