import { beforeEach, describe, expect, it } from 'vitest'
import { CompozyError, type ErrorCode } from '../../engine/core/errors.ts'
import { skipPauses } from '../testing/skip-pauses.ts'
import { followStream } from './follow-stream.ts'

const refused = new CompozyError('unavailable', 'no engine answers')

/** One connection: its events, then what breaks it, if it does not end cleanly. */
type Connection = readonly [events: readonly string[], error?: unknown]

/** Follows these connections in turn; the last one repeats. Ends at the event `end`. */
function follow(connections: readonly Connection[], signal = new AbortController().signal) {
  let opened = 0
  async function* open() {
    const [events, error] = connections[Math.min(opened++, connections.length - 1)]!
    yield* events
    if (error !== undefined) throw error
  }
  const taken: string[] = []
  const take = (event: string): number | undefined => {
    taken.push(event)
    return event === 'end' ? 7 : undefined
  }
  const run = { execId: 'x1', continueWith: ['compozy dev', 'compozy runs watch x1'], signal }
  const result = followStream(open, take, run)
  result.catch(() => undefined)
  return { result, taken, opened: () => opened }
}

describe('a stream that is followed', () => {
  beforeEach(skipPauses)

  it.each<[string, unknown]>([
    ['a clean end', undefined],
    ['a broken socket', new TypeError('terminated')],
    ['no engine', refused],
    ['an engine without Temporal', new CompozyError('temporal_unavailable', 'no')],
    ['a slow Temporal', new CompozyError('temporal_timeout', 'no')],
    ['a failing Temporal', new CompozyError('temporal_failed', 'no')],
  ])('Should go on after %s', async (_, error) => {
    const { result, taken, opened } = follow([[['a'], error], [[], error], [[], error], [['end']]])
    expect([await result, taken, opened()]).toEqual([7, ['a', 'end'], 4])
  })

  it('Should go on when an engine is gone that was silent before', async () => {
    const { result } = follow([[[]], [[], refused], [['end']]])
    expect(await result).toBe(7)
  })

  it('Should fail at once when the first connection is refused', async () => {
    const { result, opened } = follow([[[], refused]])
    await expect(result).rejects.toBe(refused)
    expect(opened()).toBe(1)
  })

  it.each<ErrorCode>(['not_found', 'unauthorized', 'forbidden', 'limit_reached', 'internal'])(
    'Should pass on an answer of the engine: %s',
    async (code) => {
      const answer = new CompozyError(code, 'no')
      const { result } = follow([[['a']], [[], answer]])
      await expect(result).rejects.toBe(answer)
    },
  )

  it('Should bear any number of breaks between events', async () => {
    const breaks = Array.from({ length: 50 }, (): Connection => [['a'], refused])
    const { result, taken } = follow([...breaks, [['end']]])
    expect([await result, taken.length]).toEqual([7, 51])
  })

  it('Should give up after ten breaks in a row, and say how to go on', async () => {
    const { result, opened } = follow([[['a']], [[], refused]])
    await expect(result).rejects.toMatchObject({
      code: 'unavailable',
      message:
        'the connection broke 10 times in a row while watching x1; the run is not affected\n' +
        'continue with: compozy dev, then compozy runs watch x1',
      cause: refused,
    })
    expect(opened()).toBe(10)
  })

  it('Should stop between two connections when it is told to', async () => {
    const stop = new AbortController()
    async function* open() {
      yield 'a'
      stop.abort('SIGINT')
    }
    const run = { execId: 'x1', continueWith: [], signal: stop.signal }
    await expect(followStream(open, () => undefined, run)).rejects.toBe('SIGINT')
  })
})
