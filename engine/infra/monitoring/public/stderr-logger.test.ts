import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createStderrLogger } from './stderr-logger.ts'

let lines: string[] = []

beforeEach(() => {
  lines = []
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => lines.push(String(text)) > 0)
})
afterEach(() => void vi.restoreAllMocks())

it('Should write warnings and errors as JSON lines, and nothing else', () => {
  const logger = createStderrLogger().child({ place: 'scrape' })
  logger.debug({}, 'quiet')
  logger.info({}, 'quiet')
  logger.warn({ n: 1 }, 'odd')
  logger.error({ err: 'text' }, 'bad')
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    { level: 'warn', msg: 'odd', place: 'scrape', n: 1 },
    { level: 'error', msg: 'bad', place: 'scrape', error: 'text' },
  ])
  expect(lines.every((line) => line.endsWith('}\n'))).toBe(true)
})

it('Should write the stack of an error, or its message where it has none', () => {
  const logger = createStderrLogger()
  const bare = new Error('bare')
  delete bare.stack
  logger.error({ err: new Error('deep') }, 'bad')
  logger.error({ err: bare }, 'bad')
  const errors = lines.map((line) => (JSON.parse(line) as { error: string }).error)
  expect(errors).toEqual([expect.stringMatching(/^Error: deep\n +at /), 'bare'])
})
