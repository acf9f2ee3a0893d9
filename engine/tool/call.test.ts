import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createToolProject, type ToolProject } from './testing/tool-project.ts'

let project: ToolProject
beforeAll(() => {
  project = createToolProject({ permissions: ['--allow-read=data'] })
})
afterAll(() => project.remove())

describe('a call', () => {
  it.each([
    ['the default export', 'export default (input) => input.n + 1', { input: { n: 1 } }, 2],
    [
      'an async tool',
      'export default async (input) => ({ got: await input })',
      { input: [1] },
      { got: [1] },
    ],
    ['the export "run" without a default', 'export function run() { return "run" }', {}, 'run'],
    [
      'the export "run" beside a default that is no function',
      'export default 1; export const run = () => 2',
      {},
      2,
    ],
    [
      'the named export',
      'export default () => 1; export const sum = () => 2',
      { exportName: 'sum' },
      2,
    ],
    ['TypeScript', 'enum E { a = 7 }\nexport default (x: unknown): number => E.a as number', {}, 7],
    ['null for undefined', 'export default () => {}', {}, null],
    ['null', 'export default () => null', {}, null],
    ['false, zero and empty text', 'export default () => [false, 0, ""]', {}, [false, 0, '']],
    [
      'text with line breaks and odd characters',
      'export default (s) => s',
      { input: 'a\n\u2028\u0000\u{1f600}"' },
      'a\n\u2028\u0000\u{1f600}"',
    ],
    ['what toJSON gives', 'export default () => new Date(0)', {}, '1970-01-01T00:00:00.000Z'],
    [
      'keys named like prototypes',
      'export default () => JSON.parse(\'{"constructor":1}\')',
      {},
      { constructor: 1 },
    ],
  ])('Should give the result of %s', async (_, code, options, output) => {
    expect(await project.call(code, options)).toEqual({ ok: true, output })
  })

  it('Should carry an input and an output near the limit', async () => {
    const input = 'x'.repeat(1_900_000)
    const result = await project.call('export default (input) => input', { input })
    expect(result).toEqual({ ok: true, output: input })
  })

  it('Should hand the context to the tool, with an abort signal', async () => {
    const code = `export default (_, { signal, ...rest }) => ({ ...rest, signal: [signal instanceof AbortSignal, signal.aborted] })`
    expect(await project.call(code)).toEqual({
      ok: true,
      output: {
        exec_id: 'run-1',
        workflow_id: 'order',
        task_id: 'price',
        attempt: 2,
        idempotency_key: 'run-1/price',
        signal: [true, false],
      },
    })
  })

  it('Should hand the metrics to the tool beside the data of the context, not among them', async () => {
    const code = `export default (_, context) => [Object.keys(context.metrics), Object.keys(context).includes('metrics')]`
    expect(await project.call(code)).toEqual({
      ok: true,
      output: [['add', 'observe', 'set'], false],
    })
  })

  it('Should import files of the project: code, JSON, and what a literal dynamic import names', async () => {
    project.write('lib/one.ts', 'export const one: number = 1')
    project.write('lib/two.ts', 'export const two = 2')
    project.write('three.json', '{"three":3}')
    const code = `
      import { one } from '../lib/one.ts'
      import json from '../three.json' with { type: 'json' }
      export default async () => [one, (await import('../lib/two.ts')).two, json.three]`
    expect(await project.call(code)).toEqual({ ok: true, output: [1, 2, 3] })
  })

  it('Should run in the project folder', async () => {
    project.write('data/a.txt', 'from the file')
    const code = `export default () => Deno.readTextFileSync('data/a.txt')`
    expect(await project.call(code)).toEqual({ ok: true, output: 'from the file' })
  })
})

describe('a warm process', () => {
  const pid = 'export default () => Deno.pid'
  const pidOf = async (code: string, options = {}) => {
    const result = await project.call(code, options)
    return result.ok ? result.output : result.error
  }

  it('Should serve the next call of the same tool, also after an error', async () => {
    project.write(
      'tools/a.ts',
      'export default (fail) => { if (fail) throw new Error(); return Deno.pid }',
    )
    project.write('tools/b.ts', pid)
    const first = await pidOf('tools/a.ts')
    const other = await pidOf('tools/b.ts')
    expect(await project.call('tools/a.ts', { input: true })).toMatchObject({ ok: false })
    expect(first).toBeTypeOf('number')
    expect(await pidOf('tools/a.ts')).toBe(first)
    expect(await pidOf('tools/b.ts')).toBe(other)
    expect(other).not.toBe(first)
  })

  it.each([
    ['its environment', { env: { A: '1' } }, { env: { A: '2' } }],
    ['its secrets', { secrets: [] }, { secrets: ['NAME'] }],
    ['its export', {}, { exportName: 'default' }],
  ])('Should not be used when the tool differs in %s', async (_, before, after) => {
    project.write('tools/c.ts', pid)
    const first = await pidOf('tools/c.ts', before)
    expect(await pidOf('tools/c.ts', after)).not.toBe(first)
    expect(await pidOf('tools/c.ts', before)).toBe(first)
  })

  it('Should not be used when the code of the tool has changed', async () => {
    const first = await pidOf(pid)
    expect(await pidOf(`${pid} // changed`)).not.toBe(first)
  })

  it('Should not be used when a file that the tool imports has changed', async () => {
    const code = `import { word } from '../lib/word.ts'\nexport default () => word`
    project.write('lib/word.ts', 'export const word = "old"')
    expect(await project.call(code)).toEqual({ ok: true, output: 'old' })
    project.write('lib/word.ts', 'export const word = "and new"')
    expect(await project.call(code)).toEqual({ ok: true, output: 'and new' })
  })
})
