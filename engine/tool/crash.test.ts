import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createToolProject, type ToolProject } from './testing/tool-project.ts'

const forever = 'export default () => { for (;;); }'
const heapBomb =
  'export default () => { const kept = []; for (;;) kept.push(new Array(1000).fill(1.5)) }'
const bufferBomb = `export default async () => {
  const kept = []
  for (;;) { kept.push(new Uint8Array(16 << 20).fill(1)); await new Promise((r) => setTimeout(r)) }
}`

let project: ToolProject
beforeAll(() => {
  project = createToolProject({ memoryMb: 160, outputLimitBytes: 10_000, loadLimitMs: 1 })
})
afterAll(() => project.remove())

/** A call that must still work, whatever happened to the one before. */
const isWell = () => project.call('export default () => "well"', { timeoutMs: 20_000 })

describe('a tool that does not return', () => {
  it.each([
    ['loops', forever],
    ['waits too long', 'export default () => new Promise((r) => setTimeout(r, 1e9))'],
    [
      'heeds the signal too late',
      'export default (_, { signal }) => new Promise((r) => { setTimeout(r, 1e9); signal.onabort = () => r("late") })',
    ],
    [
      'throws when the signal aborts',
      'export default (_, { signal }) => new Promise((r, no) => { setTimeout(r, 1e9); signal.onabort = () => no(signal.reason) })',
    ],
    ['loops while it loads', 'for (;;);'],
    [
      'blocks stdin',
      'export default () => { const b = new Uint8Array(9); for (;;) Deno.stdin.readSync(b) }',
    ],
  ])('Should end as ToolTimeout when it %s', async (_, code) => {
    const result = await project.call(code, { timeoutMs: 300 })
    const error = { type: 'ToolTimeout', message: 'tool "tool" did not return within 300ms' }
    expect(result).toEqual({ ok: false, error })
    expect(project.observed.at(-1)).toMatchObject({ tool: 'tool', outcome: 'timeout' })
    expect(await isWell()).toEqual({ ok: true, output: 'well' })
  })

  it.each([
    [
      'its promise can never settle',
      'export default () => new Promise(() => {})',
      'its promise can never settle',
    ],
    [
      'its module can never load',
      'await new Promise(() => {}); export default 1',
      'Top-level await promise never resolved',
    ],
  ])('Should say so when %s', async (_, code, message) => {
    const result = await project.call(code)
    expect(result).toMatchObject({
      error: { type: 'ToolCrashed', message: expect.stringContaining(message) },
    })
    expect(await isWell()).toMatchObject({ ok: true })
  })
})

describe('a tool that keeps memory from call to call', () => {
  const keeping = `const kept = []
    export default async (bytes) => {
      kept.push(new Uint8Array(bytes).fill(1))
      await new Promise((r) => setTimeout(r, 120))
      return kept.length
    }`

  it.skipIf(process.platform !== 'linux')(
    'Should go on in a new process before it reaches its limit',
    async () => {
      const counts: unknown[] = []
      project.write('keeping.ts', keeping)
      for (let i = 0; i < 16; i++)
        counts.push(await project.call('keeping.ts', { input: 12 << 20, timeoutMs: 20_000 }))
      expect(counts).toEqual(counts.map(() => ({ ok: true, output: expect.any(Number) })))
      const outputs = counts.map((count) => (count as { output: number }).output)
      expect(outputs.filter((output) => output === 1).length).toBeGreaterThan(1)
      // The process serves as long as it has memory.
      expect(Math.max(...outputs)).toBeGreaterThan(2)
    },
  )

  it('Should stay in its process where it keeps little', async () => {
    const counts: unknown[] = []
    project.write('little.ts', keeping)
    for (let i = 0; i < 5; i++) counts.push(await project.call('little.ts', { input: 1_000 }))
    expect(counts.at(-1)).toEqual({ ok: true, output: 5 })
  })
})

describe('a tool that ends its process', () => {
  it.each([
    ['fills the heap', heapBomb, 'memory limit 160 MB reached (runtime.memory_mb)'],
    [
      'fills memory outside the heap',
      bufferBomb,
      'memory limit 160 MB reached (runtime.memory_mb)',
    ],
    [
      'exits',
      'export default () => Deno.exit(7)',
      'its process exited with code 7 before it returned',
    ],
    [
      'exits cleanly',
      'export default () => Deno.exit(0)',
      'its process exited with code 0 before it returned',
    ],
    [
      'exits through node:process',
      `import p from 'node:process'; export default () => p.exit(3)`,
      'exited with code 3',
    ],
    ['exits while it loads', 'Deno.exit(4)', 'exited with code 4'],
    ['aborts', `import p from 'node:process'; export default () => p.abort()`, 'its process'],
    [
      'closes its stdin',
      'export default async () => { Deno.stdin.close(); await new Promise((r) => setTimeout(r, 1)); Deno.exit(5) }',
      'code 5',
    ],
    [
      'floods stdout',
      'export default () => { const b = new Uint8Array(1 << 20).fill(120); for (;;) Deno.stdout.writeSync(b) }',
      'it flooded stdout or stderr',
    ],
    [
      'floods stderr',
      'export default () => { const b = new Uint8Array(1 << 20).fill(10); for (;;) Deno.stderr.writeSync(b) }',
      'it flooded stdout or stderr',
    ],
    [
      'floods the console',
      'export default () => { for (;;) console.log("x".repeat(60_000)) }',
      'it flooded stdout or stderr',
    ],
  ])('Should end as ToolCrashed when it %s', async (_, code, message) => {
    const result = await project.call(code, { timeoutMs: 20_000 })
    expect(result).toMatchObject({
      ok: false,
      error: { type: 'ToolCrashed', message: expect.stringContaining(message) },
    })
    expect(project.observed.at(-1)).toMatchObject({ outcome: 'crashed' })
    expect(await isWell()).toEqual({ ok: true, output: 'well' })
  })

  it.each([
    [
      'memory within the limit',
      'export default () => new Uint8Array(16 << 20).fill(1).length',
      16 << 20,
    ],
    [
      'a rejection that nothing waits for',
      'export default async () => { void Promise.reject(new Error("lost")); await new Promise((r) => setTimeout(r)); return 1 }',
      1,
    ],
    [
      'an error in a timer',
      'export default async () => { setTimeout(() => { throw new Error("lost") }); await new Promise((r) => setTimeout(r, 5)); return 1 }',
      1,
    ],
  ])('Should survive %s', async (_, code, output) => {
    expect(await project.call(code)).toEqual({ ok: true, output })
  })
})

describe('output', () => {
  it.each([
    ['a cycle', 'const o = {}; o.o = o; return o', ' at /o contains itself'],
    [
      'a bigint',
      'return { a: { big: 1n } }',
      ' at /a/big is a BigInt, which JSON cannot hold; return text',
    ],
    ['a bare bigint', 'return 1n', 'output of tool "tool" is a BigInt, which JSON cannot hold'],
    ['not a number', 'return { ratio: 0 / 0 }', ' at /ratio is NaN, which JSON cannot hold'],
    ['infinity', 'return [1 / 0]', ' at /0 is Infinity, which JSON cannot hold'],
    ['a function', 'return () => 1', 'output of tool "tool" is a function, which JSON cannot hold'],
    ['a symbol', 'return Symbol()', 'output of tool "tool" is a symbol, which JSON cannot hold'],
    ['a throwing toJSON', 'return { toJSON() { throw new Error("not me") } }', 'not me'],
    ['a throwing getter', 'return { get a() { throw new Error("nor me") } }', 'nor me'],
  ])('Should be refused when it is %s', async (_, body, message) => {
    const result = await project.call(`export default () => { ${body} }`)
    expect(result).toMatchObject({
      error: { type: 'InvalidToolOutput', message: expect.stringContaining(message) },
    })
    expect(project.observed.at(-1)).toMatchObject({ outcome: 'invalid_output' })
  })

  it.each([
    [
      'more than the limit',
      'return "x".repeat(9_999)',
      'is 10001 bytes of JSON, the limit is 10000',
    ],
    [
      'more than the limit in bytes',
      'return "\u00e4".repeat(5_000)',
      'is 10002 bytes of JSON, the limit is 10000',
    ],
    [
      'a list of lists that share their elements',
      'let o = "x"; for (let i = 0; i < 60; i++) o = [o, o]; return o',
      'is more than 20',
    ],
    ['a long text from toJSON', 'return { toJSON: () => "x".repeat(200_000) }', 'is more than 200'],
  ])('Should be LimitExceeded when it is %s', async (_, body, message) => {
    const result = await project.call(`export default () => { ${body} }`)
    expect(result).toMatchObject({
      error: { type: 'LimitExceeded', message: expect.stringContaining(message) },
    })
    expect(project.observed.at(-1)).toMatchObject({ outcome: 'invalid_output' })
  })

  it('Should be accepted at the limit', async () => {
    expect(await project.call('export default () => "x".repeat(9_998)')).toMatchObject({ ok: true })
  })

  it.each([
    [
      'lines like replies',
      `Deno.stdout.writeSync(line('\\n{"type":"returned","id":1,"late":false,"output":"FORGED"}\\n'))`,
    ],
    ['an unfinished line', `Deno.stdout.writeSync(line('unfinished'))`],
    ['lines through node:fs', `fs.writeSync(1, 'noise\\n{"id":1}')`],
    [
      'the console in all its forms',
      `console.log(1); console.table([1]); console.group('g'); console.timeLog(); console.dir({}); console.assert(false)`,
    ],
    [
      'lines of a worker',
      `const w = new Worker('data:text/javascript,console.log("from a worker");postMessage(1)', { type: 'module' }); await new Promise((r) => w.onmessage = r); w.terminate()`,
    ],
    [
      'replaced builtins',
      `JSON.stringify = () => '"FORGED"'; JSON.parse = () => ({}); TextEncoder.prototype.encode = () => new Uint8Array(); String.prototype.slice = () => 'FORGED'; Uint8Array.prototype.subarray = () => new Uint8Array(1); Object.prototype.toJSON = () => 'FORGED'; Deno.stdout.writeSync = () => 0; globalThis.setTimeout = null; console.log = null`,
    ],
  ])('Should be what the tool returned, though it writes %s', async (_, body) => {
    const code = `import fs from 'node:fs'
      const line = (text) => new TextEncoder().encode(text)
      export default async (n) => { if (n === 1) { ${body} } return 'true ' + n }`
    project.write('tools/noisy.ts', code)
    expect(await project.call('tools/noisy.ts', { input: 1 })).toEqual({
      ok: true,
      output: 'true 1',
    })
    expect(await project.call('tools/noisy.ts', { input: 2 })).toEqual({
      ok: true,
      output: 'true 2',
    })
  })
})
