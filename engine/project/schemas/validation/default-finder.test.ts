import { describe, expect, it } from 'vitest'
import type { JsonObject, JsonValue } from '../../../core/json.ts'
import { within } from '../../../../test/support/within.ts'
import { DefaultFinder } from './default-finder.ts'
import { enter, References } from './references.ts'
import { checkOf, compileSchema } from './testing/compile.ts'

const ref = (name: string): JsonObject => ({ $ref: `#/$defs/${name}` })

/** Schemas each of which leads to the next one twice. */
function ladder(steps: number, end: JsonObject): JsonObject {
  const $defs: Record<string, JsonValue> = { [`a${steps}`]: end }
  for (let i = 0; i < steps; i++) $defs[`a${i}`] = { allOf: [ref(`a${i + 1}`), ref(`a${i + 1}`)] }
  return $defs
}

const circle: JsonObject = { n: { allOf: [ref('n'), ref('n')] } }

/** A chain of references longer than the stack. */
function chain(steps: number, end: JsonObject): JsonObject {
  const $defs: Record<string, JsonValue> = { [`a${steps}`]: end }
  for (let i = 0; i < steps; i++) $defs[`a${i}`] = ref(`a${i + 1}`)
  return $defs
}

describe('DefaultFinder', () => {
  const find = (schema: JsonObject) => {
    const finder = new DefaultFinder(new References())
    const at = enter(schema, schema)
    return { has: finder.has(at), value: finder.defaultOf(at) }
  }

  it.each<[string, JsonObject, boolean, JsonValue | undefined]>([
    ['its own', { default: 1, allOf: [{ default: 2 }] }, true, 1],
    ['null', { default: null }, true, null],
    [
      'that of its reference first',
      { ...ref('a'), allOf: [{ default: 2 }], $defs: { a: { default: 1 } } },
      true,
      1,
    ],
    [
      'that of the first part that has one',
      { allOf: [{}, true, { allOf: [{}] }, { default: 1 }, { default: 2 }] },
      true,
      1,
    ],
    ['one inside, for a property', { properties: { a: { default: 1 } } }, true, undefined],
    ['one behind a long chain', { ...ref('a0'), $defs: chain(20_000, { default: 1 }) }, true, 1],
    ['one behind a circle', { allOf: [ref('n'), { default: 1 }], $defs: circle }, true, 1],
    ['none', { properties: { a: { type: 'string' } } }, false, undefined],
    ['none where no reference leads', { $defs: { a: { default: 1 } } }, false, undefined],
    ['none behind a long chain', { ...ref('a0'), $defs: chain(20_000, {}) }, false, undefined],
    ['none behind a circle', { ...ref('n'), $defs: circle }, false, undefined],
  ])('Should find %s', (_, schema, has, value) => {
    expect(within(5_000, () => find(schema))).toEqual({ has, value })
  })

  it('Should tell schemas of a circle apart by what they lead to', () => {
    const schema: JsonObject = {
      $defs: {
        a: { properties: { b: ref('b'), c: ref('c') } },
        b: { properties: { a: ref('a') } },
        c: { properties: { c: ref('c'), d: { default: 1 } } },
        e: { properties: { e: ref('e') } },
      },
    }
    const finder = new DefaultFinder(new References())
    const has = (name: string) => finder.has(enter(ref(name), schema))
    expect(['e', 'b', 'a', 'c', 'e'].map(has)).toEqual([false, true, true, true, false])
  })

  it('Should read a reference by the resource that it is in', () => {
    const inner = ref('x')
    const finder = new DefaultFinder(new References())
    const [one, other] = [{ $defs: { x: {} } }, { $defs: { x: { default: 1 } } }]
    expect([one, other].map((root) => finder.defaultOf(enter(inner, root)))).toEqual([undefined, 1])
    expect([one, other].map((root) => finder.has(enter(inner, root)))).toEqual([false, true])
  })
})

describe('a schema in which many ways lead to few schemas', () => {
  const required = (name: string, $defs: JsonObject) =>
    JSON.stringify({ required: ['x'], properties: { x: ref(name) }, $defs })
  const warned = [expect.stringContaining('defaults of this schema are not filled in')]

  it.each<[string, string, unknown]>([
    ['a circle', required('n', circle), []],
    ['a ladder', required('a0', ladder(40, {})), []],
    ['a ladder to a default', required('a0', ladder(40, { default: 1 })), warned],
  ])('Should be loaded at once: %s', (_, text, expected) => {
    expect(within(5_000, () => compileSchema(text, 'check').reported)).toEqual(expected)
  })

  it('Should be loaded at once where branches share what has no default', () => {
    const properties = Object.fromEntries(Array.from({ length: 3_000 }, (__, i) => [`p${i}`, {}]))
    const anyOf = Array.from({ length: 3_000 }, () => ({ allOf: [ref('none'), ref('one')] }))
    const schema = { anyOf, $defs: { none: { properties }, one: { default: 1 } } }
    const { reported } = within(5_000, () => compileSchema(JSON.stringify(schema)))
    expect(reported[0]).toContain('defaults inside "anyOf" are not filled in')
  })

  it('Should fill defaults in at once', () => {
    const inner = { properties: { b: { default: 1 } } }
    const schema = { properties: { x: ref('a0') }, $defs: ladder(40, { properties: { a: inner } }) }
    expect(within(5_000, () => checkOf(schema).accept({}))).toEqual({ value: {}, violations: [] })
  })
})
