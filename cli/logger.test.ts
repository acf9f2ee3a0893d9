import { describe, expect, it } from 'vitest'
import { silentLogger, type LogFields } from '../engine/core/logger.ts'
import { createLogger, withoutMessages } from './logger.ts'

describe('withoutMessages', () => {
  it('Should leave out the hidden messages of a logger and its children, and no other', () => {
    const written: string[] = []
    const info = (_: LogFields, message: string): void => void written.push(message)
    const logger = { ...silentLogger, info, child: () => logger }
    const filtered = withoutMessages(logger, new Set(['hidden']))
    for (const each of [filtered, filtered.child({ exec_id: 'a' })]) {
      each.info({}, 'hidden')
      each.info({}, 'shown')
    }
    expect(written).toEqual(['shown', 'shown'])
  })

  it.each([
    ['info', false],
    ['debug', true],
  ])('Should know whether a logger at %s writes debug lines: %s', (level, expected) => {
    const logger = createLogger(level, { pretty: false, color: false })
    expect(withoutMessages(logger, new Set()).isLevelEnabled?.('debug')).toBe(expected)
  })

  it('Should not claim to know it of a logger that does not', () => {
    expect(withoutMessages(silentLogger, new Set()).isLevelEnabled).toBeUndefined()
  })
})
