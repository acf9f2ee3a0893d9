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
})
