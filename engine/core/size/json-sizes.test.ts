import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonValue } from '../json.ts'
import { JsonSizes } from './json-sizes.ts'

/** A value in which each level holds the one below it twice. */
function doubled(levels: number, innermost: JsonValue = 'x'): JsonValue {
  let value = innermost
  for (let level = 0; level < levels; level++) value = { a: value, b: value }
  return value
}

const written = (value: unknown): number => Buffer.byteLength(JSON.stringify(value))

describe('JsonSizes', () => {
  it('Should count any text as its JSON has it: escapes, pairs and halves of pairs', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(new JsonSizes().bytes(text)).toBe(written(text))
      }),
    )
    const every = Array.from({ length: 0x1_00_00 }, (_, unit) => String.fromCharCode(unit, 0x61))
    expect(new JsonSizes().bytes(every)).toBe(written(every))
  })

  it.each([
    ['what JSON writes as null', [undefined, NaN, Infinity, null]],
    ['keys without a value', { a: undefined, b: 1, c: undefined }],
    ['numbers', [-0, 1e21, -1.5e-7, 0.1, 123_456_789]],
    ['empty lists and objects', [[], {}, [[]], { a: {} }]],
  ])('Should count %s as its JSON has it', (_, value) => {
    expect(new JsonSizes().bytes(value as JsonValue)).toBe(written(value))
  })

  it('Should count a value that shares its parts as if it were written out, and soon', () => {
    expect(new JsonSizes().bytes(doubled(14))).toBe(written(doubled(14)))
    // Each level writes the one below it twice, with 11 bytes around.
    expect(new JsonSizes().bytes(doubled(40))).toBe(2 ** 40 * 3 + (2 ** 40 - 1) * 11)
    const text = 'é'.repeat(100_000)
    const texts = { t: Array.from({ length: 100_000 }, () => text) }
    expect(new JsonSizes().bytes(texts)).toBe(100_000 * 200_003 + 7)
    expect(new JsonSizes().bytes(doubled(150))).toBe(Number.MAX_SAFE_INTEGER)
  })

  it('Should remember what it measured for the next value', () => {
    const sizes = new JsonSizes()
    let reads = 0
    const row = {
      get id(): number {
        reads += 1
        return 7
      },
    }
    const rows = Array.from({ length: 2_000 }, () => row)
    const bytes = '{"n":1,"rows":[]}'.length + 2_000 * '{"id":7}'.length + 1_999
    expect(sizes.bytes({ n: 1, rows })).toBe(bytes)
    const atFirst = reads
    expect(atFirst).toBeGreaterThan(0)
    for (const n of [2, 3, 4]) expect(sizes.bytes({ n, rows })).toBe(bytes)
    expect(reads).toBe(atFirst)
  })

  it('Should tell a value that nests too deep, where the deep part was measured before too', () => {
    const sizes = new JsonSizes()
    const within = doubled(201)
    const nested: JsonValue = [[within], 1]
    expect(sizes.bytes(within)).toBe(Number.MAX_SAFE_INTEGER)
    expect(sizes.bytes(nested)).toBe(Infinity)
    expect(sizes.bytes(within)).toBe(Number.MAX_SAFE_INTEGER)
    expect(sizes.over(nested, 1_000)).toBe(Infinity)
  })

  it('Should show the size of a value of any depth, and that of others as it is', () => {
    const sizes = new JsonSizes()
    let list: JsonValue = ['é', { a: 1 }]
    for (let level = 0; level < 4_000; level++) list = [list, {}]
    expect(sizes.bytes(list)).toBe(Infinity)
    expect(sizes.shown(list)).toBe(written(list))
    expect(sizes.shown(doubled(9_000))).toBe(Number.MAX_SAFE_INTEGER)
    expect(sizes.shown({ a: 'é' })).toBe(10)
    expect(sizes.shown({ a: 'é' }, 12)).toBe(12)
  })
})
