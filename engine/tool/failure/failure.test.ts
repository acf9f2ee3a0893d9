import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { consoleLimits } from '../process/console-log.ts'
import { createToolProject, type ToolProject } from '../testing/tool-project.ts'

let project: ToolProject
beforeAll(() => {
  project = createToolProject()
})
beforeEach(() => {
  project.logged.length = 0
})
afterAll(() => project.remove())

describe('a thrown error', () => {
  it('Should keep its name, its message and the frames of the tool, none of the engine', async () => {
    project.write(
      'lib/bank.ts',
      `export class CardDeclined extends Error {\n  override name = 'CardDeclined'\n}\nexport function pay(): never {\n  throw new CardDeclined('no cover')\n}`,
    )
    const code = `import { pay } from '../lib/bank.ts'\nexport default async function charge() {\n  pay()\n}`
    expect(await project.call(code)).toEqual({
      ok: false,
      error: {
        type: 'ToolError:CardDeclined',
        message: 'no cover',
        cause: { stack: ['pay (lib/bank.ts:5:9)', 'charge (tools/tool.ts:3:3)'] },
      },
    })
    expect(project.observed.at(-1)).toMatchObject({ tool: 'tool', outcome: 'error' })
  })

  it.each([
    ['an error', `throw new RangeError('too far')`, 'ToolError:RangeError', 'too far'],
    ['a rejection', `return Promise.reject(new TypeError('odd'))`, 'ToolError:TypeError', 'odd'],
    [
      'an object like an error',
      `throw { name: 'Custom.Name', message: 'm' }`,
      'ToolError:Custom.Name',
      'm',
    ],
    ['text', `throw 'words'`, 'ToolError:Error', 'words'],
    ['a number', `throw 7`, 'ToolError:Error', '7'],
    ['null', `throw null`, 'ToolError:Error', 'null'],
    ['nothing', `throw undefined`, 'ToolError:Error', 'undefined'],
    ['a bare object', `throw { code: 1 }`, 'ToolError:Error', '{ code: 1 }'],
    [
      'an error with a name that is no name',
      `throw Object.assign(new Error('m'), { name: 'a b\\n' })`,
      'ToolError:Error',
      'a b: m',
    ],
    [
      'an error with a long name',
      `throw Object.assign(new Error('m'), { name: 'n'.repeat(101) })`,
      'ToolError:Error',
      `${'n'.repeat(101)}: m`,
    ],
    [
      'a promise',
      `throw (() => { const p = Promise.reject(new Error('in')); p.catch(() => 0); return p })()`,
      'ToolError:Error',
      'Promise {\n  <rejected> Error: in\n}',
    ],
    [
      'a proxy that shows nothing of its error',
      `throw new Proxy(new TypeError('in'), { get() {} })`,
      'ToolError:Error',
      'TypeError: in',
    ],
    [
      'an object that holds an error',
      `throw [new Error('in')]`,
      'ToolError:Error',
      '[\n  Error: in\n]',
    ],
    [
      'text that looks like a stack',
      `throw 'Error: in\\n    at home (a.ts:1:2)'`,
      'ToolError:Error',
      'Error: in\n    at home (a.ts:1:2)',
    ],
    [
      'an error whose properties throw',
      `throw { get name() { throw 1 }, get message() { throw 1 }, get code() { throw 1 } }`,
      'ToolError:Error',
      expect.any(String),
    ],
    [
      'an error named like one of the engine',
      `throw Object.assign(new Error('m'), { name: 'ToolTimeout' })`,
      'ToolError:ToolTimeout',
      'm',
    ],
    [
      'a very long message',
      `throw new Error('x'.repeat(1e6))`,
      'ToolError:Error',
      `${'x'.repeat(8_192)}… (991808 more characters)`,
    ],
  ])('Should be described when it is %s', async (_, body, type, message) => {
    const result = await project.call(`export default () => { ${body} }`)
    expect(result).toMatchObject({ ok: false, error: { type, message } })
  })
})

describe('the cause of a thrown error', () => {
  it('Should reach the error with its own causes, their names, messages and codes', async () => {
    const code = `export default () => {
      const refused = Object.assign(new Error('connection refused'), { code: 'ECONNREFUSED' })
      const failed = new TypeError('fetch failed', { cause: refused })
      throw new Error('no price', { cause: failed })
    }`
    expect(await project.call(code)).toMatchObject({
      error: {
        type: 'ToolError:Error',
        message: 'no price',
        cause: {
          stack: ['default (tools/tool.ts:4:13)'],
          name: 'TypeError',
          message: 'fetch failed',
          cause: { name: 'Error', message: 'connection refused', code: 'ECONNREFUSED' },
        },
      },
    })
  })

  it('Should end where causes lead back to an error above them', async () => {
    const code = `export default () => {
      const outer = new Error('outer')
      outer.cause = new Error('inner', { cause: outer })
      throw outer
    }`
    const result = await project.call(code)
    const error = result.ok ? undefined : result.error
    expect(error).toMatchObject({ message: 'outer', cause: { message: 'inner' } })
    expect(error?.cause).not.toHaveProperty('cause')
  })

  it('Should hold the errors of an AggregateError', async () => {
    const code = `export default () => Promise.any([Promise.reject(new Error('a')), Promise.reject('b')])`
    expect(await project.call(code)).toMatchObject({
      error: {
        type: 'ToolError:AggregateError',
        cause: {
          errors: [
            { name: 'Error', message: 'a' },
            { name: 'Error', message: 'b' },
          ],
        },
      },
    })
  })

  it('Should be absent where the tool gave none', async () => {
    const result = await project.call(`export default () => { throw new Error('alone') }`)
    const error = result.ok ? undefined : result.error
    expect(Object.keys(error?.cause ?? {})).toEqual(['stack'])
  })

  it('Should be bounded, whatever its chain', async () => {
    const code = `export default () => {
      let error = new Error('x'.repeat(1e5))
      for (let i = 0; i < 1_000; i++) error = new Error('y'.repeat(1e5), { cause: error })
      throw error
    }`
    expect(JSON.stringify(await project.call(code)).length).toBeLessThan(40_000)
  })
})

describe('a module that does not load', () => {
  it.each([
    [
      'a syntax error',
      'export default () => {\n  const x: = 3\n}',
      'ToolError:SyntaxError',
      /^tools\/tool\.ts:2:12: Unexpected token `=`.*\n2 \|   const x: = 3\n/s,
    ],
    [
      'a missing file',
      `import { x } from './absent.ts'; export default () => x`,
      'ToolError:ImportError',
      /^Module not found "tools\/absent\.ts"\. \(tools\/tool\.ts:1:19\)$/,
    ],
    [
      'a missing export of another file',
      `import * as other from '../lib/other.ts'; import { y } from '../lib/other.ts'; export default () => y`,
      'ToolError:SyntaxError',
      /does not provide an export named 'y'/,
    ],
    [
      'a bare name',
      `import x from 'leftpad'; export default () => x`,
      'ToolError:ImportError',
      /^Import "leftpad" not a dependency \(tools\/tool\.ts:1:15\); set runtime\.node_modules: true to use packages/,
    ],
    [
      'an error at its top level',
      `throw new RangeError('at once')`,
      'ToolError:RangeError',
      /^at once$/,
    ],
    [
      'no export that fits',
      `export const a = 1, b = () => 2`,
      'ToolError:ImportError',
      /^tools\/tool\.ts has neither a default export nor an export "run" that is a function; it exports a, b$/,
    ],
    ['no export at all', `const a = 1`, 'ToolError:ImportError', /it exports nothing$/],
  ])('Should be a clear error when it has %s', async (_, code, type, message) => {
    project.write('lib/other.ts', 'export const x = 1')
    const result = await project.call(code)
    expect(result).toMatchObject({
      ok: false,
      error: { type, message: expect.stringMatching(message) },
    })
    expect(JSON.stringify(result)).not.toContain(project.dir)
    expect(JSON.stringify(result)).not.toContain('data:application')
  })

  it('Should be a clear error when it lacks the named export', async () => {
    const options = { exportName: 'total' }
    const result = await project.call('export default () => 1; export const sum = () => 2', options)
    const message =
      'tools/tool.ts has no export "total" that is a function; it exports default, sum'
    expect(result).toEqual({ ok: false, error: { type: 'ToolError:ImportError', message } })
  })

  it('Should be tried again when it is mended', async () => {
    expect(await project.call('import "./absent.ts"; export default () => 1')).toMatchObject({
      ok: false,
    })
    project.write('tools/absent.ts', '')
    expect(await project.call('import "./absent.ts"; export default () => 1')).toEqual({
      ok: true,
      output: 1,
    })
  })
})

describe('console output', () => {
  const fields = { exec_id: 'run-1', task_id: 'price', attempt: 2, tool: 'tool' }

  it('Should be logged with its level and its call', async () => {
    await project.call(`console.log('loading')
      export default () => {
        console.debug('d'); console.info('%s is %d', 'x', 1, { a: [1] }); console.warn('two\\nlines'); console.error(new Error('e').message)
        Deno.stdout.writeSync(new TextEncoder().encode('raw')) }`)
    expect(project.logged).toEqual([
      { ...fields, level: 'info', text: 'loading' },
      { ...fields, level: 'debug', text: 'd' },
      { ...fields, level: 'info', text: 'x is 1 { a: [ 1 ] }' },
      { ...fields, level: 'warn', text: 'two\nlines' },
      { ...fields, level: 'error', text: 'e' },
      { ...fields, level: 'info', text: 'raw' },
    ])
  })

  it('Should keep the first and the last lines of a call, and count what it cut between', async () => {
    await project.call('export default () => { for (let i = 0; i < 1_000; i++) console.log(i) }')
    const { first, last } = consoleLimits
    const texts = project.logged.map(({ text }) => text)
    const numbers = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, index) => String(from + index))
    expect(texts.slice(0, first.lines)).toEqual(numbers(0, first.lines))
    expect(texts.slice(first.lines + 1)).toEqual(numbers(1_000 - last.lines, 1_000))
    expect(project.logged[first.lines]).toMatchObject({
      ...fields,
      level: 'warn',
      cut_lines: 800,
      cut_characters: 2_400,
    })
  })

  it('Should keep every line of a call that prints no more than its limits', async () => {
    await project.call('export default () => { for (let i = 0; i < 200; i++) console.log(i) }')
    expect(project.logged).toHaveLength(200)
    expect(project.logged.every(({ level }) => level === 'info')).toBe(true)
  })

  it('Should cut a line that is too long, and say by how much', async () => {
    await project.call('export default () => { console.log("x".repeat(70_000)) }')
    expect(project.logged).toMatchObject([
      { ...fields, text: 'x'.repeat(65_536), cut_characters: 4_464 },
    ])
  })

  it('Should have its limit anew in each call', async () => {
    project.write(
      'tools/loud.ts',
      'export default () => { for (let i = 0; i < 90; i++) console.log(i) }',
    )
    await project.call('tools/loud.ts')
    await project.call('tools/loud.ts')
    expect(project.logged).toHaveLength(180)
  })
})
