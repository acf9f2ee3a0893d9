import { describe, expect, it } from 'vitest'
import type { Logger } from '../../engine/core/logger.ts'
import { silentLogger } from '../../engine/core/logger.ts'
import { logStop } from './log-stop.ts'

/** A logger that keeps what it is told, in order with other events. */
function keepingLogger(events: unknown[]): Logger {
  return { ...silentLogger, info: (fields, message) => void events.push([message, fields]) }
}

describe('logStop', () => {
  it('Should log the signal before the engine stops, and afterwards that it has', async () => {
    const events: unknown[] = []
    const stop = async () => void events.push('drained')
    await logStop(stop, { signal: AbortSignal.abort('SIGTERM'), logger: keepingLogger(events) })
    expect(events).toEqual([
      [expect.stringMatching(/^stopping; a second signal/), { signal: 'SIGTERM' }],
      'drained',
      ['stopped', { signal: 'SIGTERM', took_ms: expect.any(Number) as number }],
    ])
  })

  it('Should log nothing of an engine that no signal stops: its error tells', async () => {
    const events: unknown[] = []
    const { signal } = new AbortController()
    const stop = async () => void events.push('closed')
    await logStop(stop, { signal, logger: keepingLogger(events) })
    expect(events).toEqual(['closed'])
  })

  it('Should not say that an engine stopped whose stop failed', async () => {
    const events: unknown[] = []
    const signal = AbortSignal.abort('SIGINT')
    const stopped = logStop(() => Promise.reject(new Error('no')), {
      signal,
      logger: keepingLogger(events),
    })
    await expect(stopped).rejects.toThrow('no')
    expect(events).toHaveLength(1)
  })
})
