import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunLogLine } from '../run-logs.ts'
import { runLogLimits } from './process/console-log.ts'
import { createToolProject, type ToolProject } from './testing/tool-project.ts'

let project: ToolProject
const printed = new Map<string, RunLogLine[]>()
const linesOf = (execId: string): readonly RunLogLine[] => printed.get(execId) ?? []
const secret = 'hunter2-hunter2'

beforeAll(() => {
  project = createToolProject({
    secrets: { KEY: secret },
    secretNames: ['KEY'],
    permissions: ['--allow-write'],
    runLogs: {
      append(execId, line) {
        const lines = printed.get(execId) ?? []
        lines.push(line)
        printed.set(execId, lines)
      },
    },
  })
})
afterAll(() => project.remove())

const bypass = (body: string): string => `import fs from 'node:fs'
export default () => { ${body}; return 1 }`

describe('the log of a run', () => {
  it('Should get each line of a call with its task, attempt, tool, stream and time', async () => {
    const before = Date.now()
    await project.call(
      `export default () => {
        console.debug('d'); console.log('i'); console.warn('w'); console.error('e')
        Deno.stdout.writeSync(new TextEncoder().encode('out\\n'))
        Deno.stderr.writeSync(new TextEncoder().encode('err\\n')) }`,
      { execId: 'fields' },
    )
    const common = { at: expect.any(Number), task: 'price', attempt: 2, tool: 'tool' }
    expect(linesOf('fields')).toEqual([
      { ...common, stream: 'debug', text: 'd' },
      { ...common, stream: 'info', text: 'i' },
      { ...common, stream: 'warn', text: 'w' },
      { ...common, stream: 'error', text: 'e' },
      { ...common, stream: 'stdout', text: 'out' },
      { ...common, stream: 'stderr', text: 'err' },
    ])
    for (const { at } of linesOf('fields')) expect(at).toBeGreaterThanOrEqual(before)
  })

  it('Should hold no secret and no control sequence', async () => {
    await project.call(
      `export default () => { console.log('key ${secret}\\x1b[2J'); console.log(btoa('${secret}')) }`,
      { execId: 'secret' },
    )
    const text = JSON.stringify(linesOf('secret'))
    expect(text).toContain('[secret KEY]')
    expect(text).not.toContain(secret)
    expect(text).not.toContain(btoa(secret))
    expect(linesOf('secret')[0]?.text).toBe('key [secret KEY]\\x1b[2J')
  })

  it('Should keep the first and the last of too many lines, with the number between', async () => {
    await project.call('export default () => { for (let i = 0; i < 10_000; i++) console.log(i) }', {
      execId: 'many',
    })
    const { first, last } = runLogLimits
    const lines = linesOf('many')
    expect(lines).toHaveLength(first.lines + last.lines)
    expect(lines[first.lines]).toMatchObject({
      text: String(10_000 - last.lines),
      leftOut: 10_000 - first.lines - last.lines,
    })
    expect(lines.filter(({ leftOut }) => leftOut !== undefined)).toHaveLength(1)
    expect(lines.at(-1)?.text).toBe('9999')
  })

  it('Should take a line of 10 MB as one line that is cut', async () => {
    await project.call(bypass(`fs.writeSync(1, 'x'.repeat(10_000_000) + '\\nnext\\n')`), {
      execId: 'long',
    })
    const [long, next] = linesOf('long')
    expect(long?.text).toBe('x'.repeat(65_536))
    expect(long?.cutCharacters).toBe(10_000_000 - 65_536)
    expect(next).toMatchObject({ text: 'next', stream: 'stdout' })
    expect(linesOf('long')).toHaveLength(2)
  })

  it('Should take a last line without its end, and bytes that are no UTF-8', async () => {
    await project.call(
      bypass(`fs.writeSync(1, Uint8Array.of(97, 255, 254, 98, 10)); fs.writeSync(1, 'no end')`),
      {
        execId: 'torn',
      },
    )
    expect(linesOf('torn').map(({ text }) => text)).toEqual(['a\ufffd\ufffdb', 'no end'])
  })

  it('Should end a call that prints 100 MB without its reply, and keep a bounded part', async () => {
    const result = await project.call(
      bypass(`const mb = ('y'.repeat(99) + '\\n').repeat(10_000)
        for (let i = 0; i < 100; i++) fs.writeSync(1, mb)`),
      { execId: 'flood', timeoutMs: 60_000 },
    )
    expect(result).toMatchObject({ ok: false, error: { type: 'ToolCrashed' } })
    const lines = linesOf('flood')
    const { first, last } = runLogLimits
    expect(lines.length).toBeGreaterThan(first.lines)
    expect(lines.length).toBeLessThanOrEqual(first.lines + last.lines)
    expect(lines.reduce((sum, { leftOut = 0 }) => sum + leftOut, 0)).toBeGreaterThan(500_000)
  })

  it('Should keep the lines of calls at the same time apart', async () => {
    project.write(
      'tools/many.ts',
      'export default async (n) => { for (let i = 0; i < 50; i++) { console.log(n); await 0 } }',
    )
    const calls = Array.from({ length: 12 }, (_, n) =>
      project.call('tools/many.ts', { input: n, execId: `call-${n}` }),
    )
    await Promise.all(calls)
    for (let n = 0; n < calls.length; n++)
      expect(new Set(linesOf(`call-${n}`).map(({ text }) => text))).toEqual(new Set([String(n)]))
  })

  describe('written in pieces', () => {
    const write = (text: string) => `Deno.stdout.writeSync(new TextEncoder().encode(${text}));`

    it('Should hold whole lines, whole characters and no secret that two writes share', async () => {
      const body = `${write(`'one '`)} ${write(`'line\\nnext'`)} console.log('between'); ${write(`'after\\n\\n'`)}
        Deno.stdout.writeSync(Uint8Array.of(0xf0, 0x9f)); Deno.stdout.writeSync(Uint8Array.of(0x98, 0x80, 10))
        ${write(`'${secret}'.slice(0, 7)`)} ${write(`'${secret}'.slice(7)`)}`
      await project.call(`export default () => { ${body} }`, { execId: 'pieces' })
      expect(linesOf('pieces').map(({ text }) => text)).toEqual([
        'one line',
        'next',
        'between',
        'after',
        '\u{1f600}',
        '[secret KEY]',
      ])
    })

    it('Should hold the beginning of a line of a call that is killed', async () => {
      await project.call(`export default () => { ${write(`'working on it'`)} for (;;); }`, {
        execId: 'killed',
        timeoutMs: 300,
      })
      expect(linesOf('killed').map(({ text }) => text)).toEqual(['working on it'])
    })

    it('Should cut a line of many pieces as one of a single write', async () => {
      const body = `for (let i = 0; i < 20; i++) { ${write(`'x'.repeat(10_000)`)} }; ${write(`'\\nnext\\n'`)}`
      await project.call(`export default () => { ${body} }`, { execId: 'long pieces' })
      const [long, next] = linesOf('long pieces')
      expect([long?.text.length, long?.cutCharacters]).toEqual([65_536, 200_000 - 65_536])
      expect(next?.text).toBe('next')
    })
  })

  it.each([
    ['a large write', `Deno.stdout.writeSync(bytes)`],
    ['a large write of Node', `process.stdout.write(bytes)`],
    ['a stream', `await new Blob([bytes]).stream().pipeTo(Deno.stdout.writable)`],
    ['a locked stream', `await Deno.stdout.writable.getWriter().write(bytes)`],
  ])('Should hold %s of every call of a process', async (name, body) => {
    project.write(
      'tools/large.ts',
      `import process from 'node:process'
      const bytes = new TextEncoder().encode(('y'.repeat(99) + '\\n').repeat(1_000))
      void process
      export default async () => { ${body}; return Deno.pid }`,
    )
    const pids = []
    for (const call of [1, 2, 3]) {
      pids.push(await project.call('tools/large.ts', { execId: `${name} ${call}` }))
      expect(linesOf(`${name} ${call}`).map(({ text }) => text)).toEqual(
        Array.from({ length: 1_000 }, () => 'y'.repeat(99)),
      )
    }
    expect(pids).toEqual([pids[0], pids[0], pids[0]])
    expect(pids[0]).toMatchObject({ ok: true })
  })

  it('Should hold what every method of the console prints, in every call of a process', async () => {
    project.write(
      'tools/console.ts',
      `export default function tool() {
        console.table([{ a: 1 }]); console.count('n'); console.countReset('n')
        console.assert(false, 'not %s', 'so'); console.assert(true, 'never')
        console.time('t'); console.timeEnd('t'); console.dir({ a: 1 }, { depth: null })
        console.group('outer'); console.warn('inner'); console.groupEnd(); console.clear()
        console.log('%d%% of %i', 5, 3.7); console.log(); console.trace('here')
      }`,
    )
    for (const call of [1, 2]) {
      await project.call('tools/console.ts', { execId: `console ${call}` })
      const lines = linesOf(`console ${call}`)
      expect(lines.map(({ stream, text }) => [stream, text])).toEqual([
        ['info', expect.stringMatching(/│ 0 *│ 1 │|│ *0 │ 1 │/)],
        ['info', 'n: 1'],
        ['error', 'Assertion failed: not so'],
        ['info', expect.stringMatching(/^t: [\d.]+ms$/)],
        ['info', '{ a: 1 }'],
        ['info', 'outer'],
        ['warn', '  inner'],
        ['info', '5% of 3'],
        ['info', ''],
        [
          'debug',
          expect.stringMatching(/^Trace: here\n {4}at tool \(.*tools\/console\.ts:\d+:\d+\)$/),
        ],
      ])
    }
  })

  it('Should survive a value that cannot be shown', async () => {
    const value = `{ [Symbol.for('Deno.customInspect')]() { throw new Error('no') } }`
    const code = `export default () => { console.warn(${value}); return 1 }`
    expect(await project.call(code, { execId: 'odd' })).toEqual({ ok: true, output: 1 })
    expect(linesOf('odd')).toMatchObject([{ stream: 'warn', text: '[unprintable value]' }])
  })

  it.each([
    ['warn', `'order', 7, value`, 'warn', 'order 7 [unprintable value]'],
    ['assert', `false, 'order', value`, 'error', 'order [unprintable value]'],
    ['trace', `value`, 'info', '[unprintable value]'],
    ['dir', `value`, 'info', '[unprintable value]'],
  ])(
    'Should print the rest of a line that holds one: console.%s',
    async (method, values, ...line) => {
      const code = `const value = { [Symbol.for('Deno.customInspect')]() { throw new Error('no') } }
      export default () => { console.${method}(${values}); return 1 }`
      expect(await project.call(code, { execId: method })).toEqual({ ok: true, output: 1 })
      expect(linesOf(method).map(({ stream, text }) => [stream, text])).toEqual([line])
    },
  )

  it('Should depend on nothing that an earlier call of its process printed', async () => {
    project.write(
      'tools/leaves.ts',
      `export default function tool() {
        console.group('outer'); console.log('inner'); console.count(); console.count('n'); console.time('t')
        throw new Error('no')
      }`,
    )
    for (const call of [1, 2, 3]) {
      await project.call('tools/leaves.ts', { execId: `leaves ${call}` })
      expect(linesOf(`leaves ${call}`).map(({ text }) => text)).toEqual([
        'outer',
        '  inner',
        'default: 1',
        'n: 1',
      ])
    }
  })

  it('Should leave out what bypasses the console after the first call, but log it anew each time', async () => {
    project.logged.length = 0
    project.write(
      'tools/bypass.ts',
      `import fs from 'node:fs'
      export default () => { for (let i = 0; i < 90; i++) fs.writeSync(1, 'bypassed\\n') }`,
    )
    for (const call of [1, 2, 3, 4])
      await project.call('tools/bypass.ts', { execId: `bypass ${call}` })
    await project.stop()
    expect(linesOf('bypass 1')).toHaveLength(90)
    expect(linesOf('bypass 2')).toEqual([])
    expect(project.logged.filter(({ text }) => text === 'bypassed')).toHaveLength(360)
  })
})
