import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { silentLogger } from '../../core/logger.ts'
import type { LogDropReason } from '../../core/observation.ts'
import type { RunLogLine } from '../../run-logs.ts'
import { createRunLogStore, type RunLogStoreOptions } from './index.ts'
import { logBounds } from './writer.ts'

const line = (text: string, fields: Partial<RunLogLine> = {}): RunLogLine => ({
  at: 1,
  task: 'pay',
  attempt: 1,
  tool: 'pay',
  stream: 'info',
  text,
  ...fields,
})

function createFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'run-logs-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

function openStore(dir = createFolder(), options: Partial<RunLogStoreOptions> = {}) {
  const dropped = new Map<LogDropReason, number>()
  const store = createRunLogStore({
    dir,
    maxBytes: 1 << 30,
    logger: silentLogger,
    onDropped: (reason, lines) => dropped.set(reason, (dropped.get(reason) ?? 0) + lines),
    ...options,
  })
  onTestFinished(() => store.close())
  /** Prints lines and waits until they are written. */
  const print = async (execId: string, ...lines: readonly (string | RunLogLine)[]) => {
    const writer = createRunLogStore({
      dir,
      maxBytes: 1 << 30,
      logger: silentLogger,
      onDropped: () => undefined,
    })
    for (const each of lines) writer.append(execId, typeof each === 'string' ? line(each) : each)
    await writer.close()
  }
  const texts = async (execId: string, query: Partial<Parameters<typeof store.read>[1]> = {}) =>
    (await store.read(execId, { limit: 1_000, ...query })).lines.map((placed) => placed.line.text)
  return { dir, store, dropped, print, texts }
}

const filesIn = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ndjson'))
    .map((name) => join(dir, name))

describe('lines on their way to the disk', () => {
  it('Should be read as soon as they are printed, and be waited for by no other run', async () => {
    const { store, texts } = openStore()
    const all = Array.from({ length: 40_000 }, (_, i) => `line ${i}`)
    for (const text of all) store.append('a', line(text))
    expect(await texts('b')).toEqual([])
    const { lines } = await store.tail('a', { lines: 1 })
    expect(lines.map((placed) => placed.line.text)).toEqual(['line 39999'])
    store.append('a', line('more'))
    const next = await store.tail('a', { lines: 1 })
    expect(next.lines.map((placed) => placed.line.text)).toEqual(['more'])
  })

  it('Should not be waited for where the disk takes none', async () => {
    const dir = createFolder()
    const file = join(dir, 'no folder')
    writeFileSync(file, '')
    const { store, dropped, texts } = openStore(join(file, 'logs'))
    store.append('a', line('lost'))
    expect(await texts('a').catch((error: NodeJS.ErrnoException) => error.code)).toBe('ENOTDIR')
    expect(dropped.get('disk_error')).toBe(1)
  })
})

describe('the log of a run', () => {
  it('Should hold its lines in order, and none of another run', async () => {
    const { store, print, texts } = openStore()
    await print('a', 'one', 'two')
    await print('b', 'other')
    expect(await texts('a')).toEqual(['one', 'two'])
    expect(await texts('b')).toEqual(['other'])
    expect(await store.read('none', { limit: 5 })).toEqual({
      lines: [],
      more: false,
      cursor: 'start',
    })
  })

  it('Should give back every field of a line', async () => {
    const { store, print } = openStore()
    const whole = line('a\tb\n"ü\u2028', {
      at: 1_700_000_000_123,
      task: 'all/pay',
      attempt: 3,
      stream: 'stderr',
      cutCharacters: 7,
      leftOut: 12,
    })
    await print('a', whole)
    const { lines } = await store.read('a', { limit: 1 })
    expect(lines.map((placed) => placed.line)).toEqual([whole])
  })

  it('Should come page by page, each line once, and go on with what is printed later', async () => {
    const { store, print } = openStore()
    await print('a', ...Array.from({ length: 5 }, (_, n) => `l${n}`))
    const seen: string[] = []
    let cursor = 'start'
    for (let more = true; more;) {
      const page = await store.read('a', { cursor, limit: 2 })
      seen.push(...page.lines.map((placed) => placed.line.text))
      ;({ more, cursor } = page)
    }
    await print('a', 'later')
    const later = await store.read('a', { cursor, limit: 2 })
    expect([...seen, ...later.lines.map((placed) => placed.line.text)]).toEqual([
      'l0',
      'l1',
      'l2',
      'l3',
      'l4',
      'later',
    ])
  })

  it('Should merge what several processes write by time, and resume in each', async () => {
    const { store, print, texts } = openStore()
    await print('a', line('1', { at: 1 }), line('3', { at: 3 }), line('5', { at: 5 }))
    await print('a', line('2', { at: 2 }), line('4', { at: 4 }))
    const { lines } = await store.read('a', { limit: 3 })
    expect(lines.map((placed) => placed.line.text)).toEqual(['1', '2', '3'])
    expect(await texts('a', { cursor: lines[2]!.cursor })).toEqual(['4', '5'])
    expect(await texts('a', { cursor: lines[0]!.cursor })).toEqual(['2', '3', '4', '5'])
  })

  it('Should be those of the tasks inside a container too, not of one with a longer name', async () => {
    const { print, texts } = openStore()
    const paths = ['ship', 'ship/one-500', 'ship/one-500/pay', 'shipping', 'all/ship']
    await print('a', ...paths.map((task) => line(task, { task })))
    expect(await texts('a', { task: 'ship' })).toEqual(paths.slice(0, 3))
    expect(await texts('a', { task: 'ship/one-50' })).toEqual([])
  })

  it('Should be filtered by task, attempt and stream', async () => {
    const { print, texts, store } = openStore()
    await print(
      'a',
      line('x', { task: 'x' }),
      line('again', { attempt: 2 }),
      line('loud', { stream: 'error' }),
    )
    expect(await texts('a', { task: 'x' })).toEqual(['x'])
    expect(await texts('a', { attempt: 2 })).toEqual(['again'])
    expect(await texts('a', { stream: 'error' })).toEqual(['loud'])
    expect(await texts('a', { stream: 'stdout' })).toEqual([])
    const tail = await store.tail('a', { lines: 1, attempt: 1 })
    expect(tail.lines.map((placed) => placed.line.text)).toEqual(['loud'])
  })

  it('Should give its last lines, and a cursor for what follows', async () => {
    const { store, print, texts } = openStore()
    await print('a', 'one', 'two', 'three')
    const tail = await store.tail('a', { lines: 2 })
    expect(tail.lines.map((placed) => placed.line.text)).toEqual(['two', 'three'])
    await print('a', 'four')
    expect(await texts('a', { cursor: tail.cursor })).toEqual(['four'])
    expect((await store.tail('a', { lines: 0 })).lines).toEqual([])
  })

  it.each(['', 'x', '../etc', 'abcdef01.1.2', 'abcdef01.1.2.-3', '~', 'abcdef01.1.2.3~'])(
    'Should refuse the cursor %j, which no answer gave',
    async (cursor) => {
      const { store } = openStore()
      await expect(store.read('a', { cursor, limit: 1 })).rejects.toMatchObject({
        code: 'input_invalid',
      })
    },
  )

  it('Should keep files that only their owner can read, under names that no id can choose', async () => {
    const { dir, print, texts } = openStore()
    const execId = '../../etc/passwd\0 ü'.repeat(40)
    await print(execId, 'x')
    expect(await texts(execId)).toEqual(['x'])
    const [file = ''] = filesIn(dir)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(file.slice(dir.length)).toMatch(/^\/[0-9a-f]{2}\/[0-9a-f]{40}\.[0-9a-f]{8}\.0\.ndjson$/)
  })
})

describe('a log with too many lines', () => {
  it('Should keep the first and the last of a run, and count those between', async () => {
    const { store, dropped } = openStore()
    const text = 'x'.repeat(10_000)
    const bytes = logBounds.headBytes + (logBounds.tailSegments + 2) * logBounds.tailSegmentBytes
    const count = Math.ceil(bytes / text.length)
    for (let n = 0; n < count; n++) store.append('a', line(`${n} ${text}`))
    await store.close()
    const seen: { n: number; leftOut: number }[] = []
    let cursor = 'start'
    for (let more = true; more;) {
      const page = await store.read('a', { cursor, limit: 1_000 })
      for (const { line: found } of page.lines)
        seen.push({ n: Number(found.text.split(' ')[0]), leftOut: found.leftOut ?? 0 })
      ;({ more, cursor } = page)
    }
    const gaps = seen.filter(({ leftOut }) => leftOut > 0)
    expect(seen[0]?.n).toBe(0)
    expect(seen.at(-1)?.n).toBe(count - 1)
    expect(gaps).toHaveLength(1)
    expect(seen.length + gaps[0]!.leftOut).toBe(count)
    expect(dropped.get('run_limit')).toBe(gaps[0]!.leftOut)
  })

  it('Should drop lines rather than hold more than the queue allows, and count them', async () => {
    const { store, dropped } = openStore()
    const text = 'x'.repeat(60_000)
    const count = Math.ceil((2 * logBounds.queueBytes) / text.length)
    for (let n = 0; n < count; n++) store.append(`run-${n % 7}`, line(text))
    await store.close()
    const lost = dropped.get('queue_full') ?? 0
    expect(lost).toBeGreaterThan(count / 3)
    expect(lost).toBeLessThan(count)
  })

  it('Should count the lines that a call left out', async () => {
    const { store, dropped } = openStore()
    store.append('a', line('last', { leftOut: 800 }))
    await store.close()
    expect(dropped.get('call_limit')).toBe(800)
  })

  it('Should remove the oldest runs when the folder is full, and no file of others', async () => {
    const { dir, print } = openStore()
    const text = 'x'.repeat(20_000)
    for (const [index, run] of ['old', 'middle', 'new'].entries()) {
      await print(run, text)
      const age = new Date(Date.now() - 3_600_000 * (3 - index))
      for (const file of filesIn(dir))
        if (statSync(file).mtimeMs > Date.now() - 60_000) utimesSync(file, age, age)
    }
    writeFileSync(join(dir, 'README'), 'x'.repeat(100_000))
    const next = openStore(dir, { maxBytes: 60_000 })
    await next.store.close()
    expect(await next.texts('old')).toEqual([])
    expect(await next.texts('middle')).toEqual([text])
    expect(await next.texts('new')).toEqual([text])
    expect(readFileSync(join(dir, 'README'), 'utf8')).toHaveLength(100_000)
  })
})

describe('a log after something went wrong', () => {
  it('Should be read up to a torn line, and go on behind it in a new process', async () => {
    const { dir, print, texts } = openStore()
    await print('a', 'one', 'two')
    const [file = ''] = filesIn(dir)
    writeFileSync(file, readFileSync(file, 'utf8').trimEnd().slice(0, -5))
    expect(await texts('a')).toEqual(['one'])
    await print('a', line('three', { at: 2 }))
    expect(await texts('a')).toEqual(['one', 'three'])
  })

  it('Should skip a line that is not a valid log record', async () => {
    const { dir, print, texts } = openStore()
    await print('a', 'one')
    appendFileSync(filesIn(dir)[0]!, 'garbage\n{}\n[1]\nnull\n{"n":"x"}\n')
    expect(await texts('a')).toEqual(['one'])
  })

  it('Should lose and count lines that cannot be written, and never throw', async () => {
    const dir = createFolder()
    writeFileSync(join(dir, 'file'), '')
    const warned: unknown[] = []
    const logger = { ...silentLogger, warn: (...told: unknown[]) => void warned.push(told) }
    const { store, dropped } = openStore(join(dir, 'file'), { logger })
    store.append('a', line('one'))
    store.append('b', line('two'))
    await store.close()
    expect(dropped.get('disk_error')).toBe(2)
    expect(JSON.stringify(warned)).toContain('could not be kept')
  })
})
