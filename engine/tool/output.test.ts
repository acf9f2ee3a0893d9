import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createToolProject, type ToolProject } from './testing/tool-project.ts'

let project: ToolProject
beforeAll(() => {
  project = createToolProject()
})
afterAll(() => project.remove())

describe('an output that JSON cannot hold', () => {
  it.each([
    ['a Map', '{ a: [new Map([[1, 2]])] }', '/a/0', 'is a Map; return Object.fromEntries(map)'],
    ['a Set', 'new Set([1])', '', 'is a Set; return [...set]'],
    ['an Error', '{ "x/y": new TypeError("lost") }', '/x~1y', 'is an Error; throw it'],
    ['a generator', '{ a: (function* () { yield 1 })() }', '/a', 'is an iterator'],
    ['an iterator of a Map', '[new Map().keys()]', '/0', 'is an iterator'],
    ['a function', '{ a: { b: () => 1 } }', '/a/b', 'is a function'],
    ['a symbol', '[Symbol("x")]', '/0', 'is a symbol'],
    ['a symbol as a key', '{ a: { [Symbol("x")]: 1 } }', '/a', 'has a symbol as a key'],
    ['a BigInt', '{ a: 1n }', '/a', 'is a BigInt'],
    ['NaN', '[[0 / 0]]', '/0/0', 'is NaN'],
    ['minus infinity', '{ a: -1 / 0 }', '/a', 'is -Infinity'],
    ['an invalid date', '{ at: new Date("never") }', '/at', 'is an invalid date'],
    ['a sparse array', '{ a: [1, , 3] }', '/a/1', 'is a hole of a sparse array'],
    [
      'a match of a regular expression',
      '{ a: /(?<year>\\d{4})-(?<month>\\d\\d)/.exec("2026-01") }',
      '/a',
      'is a list with the property "index", which JSON cannot hold; return [...list]',
    ],
    ['a list with a property', 'Object.assign([1], { total: 1 })', '', 'the property "total"'],
    [
      'an instance of a list with properties',
      '[new (class extends Array { name = "x" })()]',
      '/0',
      'the property "name"',
    ],
    ['a list with a symbol', '[Object.assign([1], { [Symbol("x")]: 1 })]', '/0', 'a symbol'],
    ['undefined in a list', '[1, undefined]', '/1', 'is undefined'],
    ['a cycle', '(() => { const a = []; a.push({ a }); return a })()', '/0/a', 'contains itself'],
    ['a promise', '{ a: Promise.resolve(1) }', '/a', 'is a Promise; await it'],
    ['bytes', '{ a: new Uint8Array(2) }', '/a', 'is binary data'],
    ['a buffer with a toJSON', '{ a: Buffer.from("x") }', '/a', 'is binary data'],
    ['a regular expression', '{ a: /x/ }', '/a', 'is a RegExp'],
    ['a WeakMap', '{ a: new WeakMap() }', '/a', 'is a weak collection'],
    ['a boxed number', '{ a: Object(1) }', '/a', 'is a boxed primitive'],
    ['headers', '{ a: new Headers({ x: "y" }) }', '/a', 'is a class instance without properties'],
    ['a class that hides its data', '{ a: new (class { #x = 1 })() }', '/a', 'is a class instance'],
    ['half a character', '{ a: "\\ud83d" }', '/a', 'holds half of a surrogate pair'],
    ['a prototype as a key', 'JSON.parse(`{"a":{"__proto__":1}}`)', '/a', 'the key "__proto__"'],
    ['a getter that throws', '{ get a() { throw new Error("no") } }', '/a', 'throws while'],
    ['a toJSON without a result', '{ a: { toJSON() {} } }', '/a', 'has a toJSON that returns'],
  ])('Should be refused with its place: %s', async (_, value, pointer, message) => {
    const code = `import { Buffer } from 'node:buffer'\nexport default () => (${value})\nvoid Buffer`
    const result = await project.call(code)
    expect(result).toMatchObject({
      ok: false,
      error: {
        type: 'InvalidToolOutput',
        message: expect.stringContaining(pointer === '' ? 'output of tool "tool"' : pointer),
        cause: { violations: [{ pointer, message: expect.stringContaining(message) }] },
      },
    })
  })

  it.each([
    ['a date', 'new Date(0)', '1970-01-01T00:00:00.000Z'],
    ['an URL', '{ a: new URL("http://x/") }', { a: 'http://x/' }],
    ['an instance with properties', 'new (class { x = 1 })()', { x: 1 }],
    ['an object without a prototype', '{ __proto__: null, a: 1 }', { a: 1 }],
    ['empty things', '[{}, [], "", null, 0, false]', [{}, [], '', null, 0, false]],
    ['the groups of a match', '[..."a=b".match(/(.)=(.)/)]', ['a=b', 'a', 'b']],
    ['every match', '"2026-01".match(/\\d+/g)', ['2026', '01']],
    ['a list with an absent property', 'Object.assign([1], { a: undefined })', [1]],
    [
      'a list with a hidden property',
      '[Object.defineProperty([1], "a", { value: 2 }), ((s) => s)`x`]',
      [[1], ['x']],
    ],
    [
      'a list with a toJSON',
      'Object.assign([1], { total: 1, toJSON: () => ({ total: 1 }) })',
      { total: 1 },
    ],
    ['an absent property', '{ a: undefined, b: 1 }', { b: 1 }],
    [
      'the same object twice',
      '(() => { const o = { a: 1 }; return [o, o] })()',
      [{ a: 1 }, { a: 1 }],
    ],
    [
      'keys of every kind',
      '{ "": 1, "a/b": 2, constructor: 3 }',
      { '': 1, 'a/b': 2, constructor: 3 },
    ],
    [
      '200 levels',
      '(() => { let o = 1; for (let i = 0; i < 200; i++) o = [o]; return o })()',
      expect.any(Array),
    ],
    ['large and small numbers', '[1e308, 5e-324, -1.5]', [1e308, 5e-324, -1.5]],
    ['whole numbers beyond 2^53', '[1e20, 2 ** 60, 1e21]', [1e20, 2 ** 60, 1e21]],
  ])('Should be carried exactly when JSON can hold it: %s', async (_, value, output) => {
    expect(await project.call(`export default () => (${value})`)).toEqual({ ok: true, output })
  })
})

describe('a tool that reads its stdin', () => {
  it('Should get the end of the file at once, and leave the next call its input', async () => {
    project.write(
      'tools/reader.ts',
      `export default async (input) => [await Deno.stdin.read(new Uint8Array(9)), input]`,
    )
    expect(await project.call('tools/reader.ts', { input: 1 })).toEqual({
      ok: true,
      output: [null, 1],
    })
    expect(await project.call('tools/reader.ts', { input: 2 })).toEqual({
      ok: true,
      output: [null, 2],
    })
  })
})

describe('what a tool prints after it returned', () => {
  const code = `export default ({ n, print }) => {
    if (n === 1) setTimeout(() => { PRINT }, 60)
    return new Promise((resolve) => setTimeout(() => resolve(n), n === 1 ? 0 : 400))
  }`

  it.each([
    ['console.log', 'console.log("late")', 'run-1'],
    ['Deno.stdout', 'Deno.stdout.writeSync(new TextEncoder().encode("late\\n"))', 'run-1'],
    ['node:fs', 'fs.writeSync(1, "late\\n")', undefined],
  ])('Should not carry the next run when it comes by %s', async (_, print, expected) => {
    project.logged.length = 0
    project.write(
      'tools/late.ts',
      `import fs from 'node:fs'\nvoid fs\n${code.replace('PRINT', print)}`,
    )
    await project.call('tools/late.ts', { input: { n: 1 } })
    await project.call('tools/late.ts', { input: { n: 2 }, execId: 'run-2' })
    const late = project.logged.filter(({ text }) => text === 'late')
    expect(late.map((line) => line['exec_id'])).toEqual([expected])
  })

  it('Should carry its own run while that goes on', async () => {
    project.logged.length = 0
    await project.call('export default () => console.log("now")', { execId: 'run-3' })
    expect(project.logged).toMatchObject([{ text: 'now', exec_id: 'run-3' }])
  })
})
