import { describe, expect, it } from 'vitest'
import { limits } from '../core/limits.ts'
import { createHistoryRoom, roomNeeded, withoutRoom } from './history-room.ts'

const large = { ok: true, output: 'x'.repeat(1_000_000) } as const
const run = { execId: 'order', runId: '1' }
const limit = limits.historyWithOutputBytes

/** A room in a history of these bytes, on a clock that the test moves. */
function roomIn(historyBytes: number) {
  const state = { now: 0, historyBytes, asked: 0, waited: 0 }
  const ask = () => {
    state.asked++
    const { historyBytes: bytes } = state
    return Number.isNaN(bytes) ? Promise.reject(new Error('no server')) : Promise.resolve(bytes)
  }
  const wait = (ms: number) => {
    state.now += ms
    state.waited += ms
    return Promise.resolve()
  }
  return { state, room: createHistoryRoom(ask, () => state.now, wait) }
}

describe('room in a history', () => {
  it('Should be taken up to the limit, and not beyond it', async () => {
    const { room } = roomIn(limit - 3_000)
    expect(await room.take(run, 3_000, 'call 1')).toBeUndefined()
    expect(await room.take(run, 1, 'call 2')).toBe(limit)
  })

  it('Should count what calls that end at once take before Temporal has written it', async () => {
    const { room, state } = roomIn(limit - 2_500)
    const ends = await Promise.all(['a', 'b', 'c'].map((call) => room.take(run, 1_000, call)))
    expect(ends.filter((full) => full === undefined)).toHaveLength(2)
    expect(state.asked).toBe(1)
  })

  it('Should ask anew after a second, and count what is written by then once', async () => {
    const { room, state } = roomIn(limit - 1_500)
    await room.take(run, 1_000, 'call 4')
    state.now = 1_001
    state.historyBytes = limit - 500
    expect(await room.take(run, 500, 'call 5')).toBeUndefined()
    expect(state.asked).toBe(2)
  })

  it('Should not be refused for what was taken just before the question and is in its answer', async () => {
    const { room, state } = roomIn(1)
    const half = limit / 2 - 1_000
    await room.take(run, 1, 'call 1')
    state.now = 1_000
    await room.take(run, half, 'call 2')
    state.now = 1_001
    state.historyBytes = half + 2
    const ends = ['call 3', 'call 4', 'call 5'].map((call) => room.take(run, half, call))
    expect(await Promise.all(ends)).toEqual([undefined, limit - 1_998, limit - 1_998])
    expect(state).toMatchObject({ waited: 1_500, asked: 3 })
  })

  it('Should be refused at once where nothing can be counted twice', async () => {
    const { room, state } = roomIn(limit - 1_500)
    state.now = 1
    await room.take(run, 1_000, 'call 4')
    expect(await room.take(run, 501, 'call 5')).toBe(limit - 500)
    expect(state).toMatchObject({ waited: 0, asked: 1 })
  })

  it('Should be held by what the server has not written for long', async () => {
    const { room, state } = roomIn(limit - 1_500)
    await room.take(run, 1_000, 'call 6')
    state.now = 60_000
    expect(await room.take(run, 501, 'call 7')).toBe(limit - 500)
  })

  it('Should shrink with what others write', async () => {
    const { room, state } = roomIn(1)
    await room.take(run, 1_000, 'call 8')
    state.now = 1_001
    state.historyBytes = limit
    expect(await room.take(run, 1, 'call 9')).toBe(limit)
  })

  it('Should be taken once by a call that Temporal repeats', async () => {
    const { room } = roomIn(limit - 1_500)
    await room.take(run, 1_000, 'call')
    expect(await room.take(run, 1_000, 'call')).toBeUndefined()
    expect(await room.take(run, 1_000, 'other call')).toBe(limit - 500)
  })

  it('Should be there again once the run has closed, and not while nobody can tell', async () => {
    const { room, state } = roomIn(limit - 1_500)
    await room.take(run, 1_000, 'child 1')
    state.now = 1_001
    state.historyBytes = Number.NaN
    expect(await room.take(run, 1_000, 'child 2')).toBe(limit - 500)
    state.now = 2_002
    state.historyBytes = 0
    expect(await room.take(run, 1_000, 'child 3')).toBeUndefined()
  })

  it('Should be another one in another run of the chain', async () => {
    const { room } = roomIn(limit - 1_000)
    await room.take(run, 1_000, 'call 10')
    expect(await room.take({ ...run, runId: '2' }, 1_000, 'call 11')).toBeUndefined()
  })

  it('Should be there when nobody can tell how long the history is', async () => {
    const room = createHistoryRoom(() => Promise.reject(new Error('no server')))
    expect(await room.take(run, limit, 'call 12')).toBeUndefined()
  })
})

describe("a tool's result", () => {
  it('Should be refused where it could make Temporal terminate the run', () => {
    const needed = roomNeeded(large)!
    expect(withoutRoom(large, 'fetch', { needed, history: 43_500_000 })).toEqual({
      ok: false,
      error: {
        type: 'LimitExceeded',
        message:
          'output of tool "fetch" is 1,000,002 bytes, and the run\'s history is 43,500,000 bytes; at most 44,000,000 bytes together are allowed; return less, or make fewer calls at a time (max_workers, batch)',
      },
      limit: 'history',
    })
  })

  it('Should need no room when it is small', () => {
    expect(roomNeeded({ ok: true, output: 'x'.repeat(11_000) })).toBeUndefined()
    expect(roomNeeded({ ok: false, error: { type: 'ToolCrashed', message: 'gone' } })).toBe(
      undefined,
    )
  })

  it('Should keep the type of a failure whose cause has no room', () => {
    const error = {
      type: 'ToolError:Boom',
      message: 'm'.repeat(9_000),
      cause: { stack: 's'.repeat(9_000) },
    } as const
    const failed = { ok: false, error } as const
    const needed = roomNeeded(failed)!
    expect(needed).toBeGreaterThan(18_000)
    const result = withoutRoom(failed, 'fetch', { needed, history: 44_000_000 })
    expect(result).toEqual({
      ok: false,
      error: { type: 'ToolError:Boom', message: expect.stringContaining('9,000 bytes in all') },
    })
    expect(JSON.stringify(result).length).toBeLessThan(1_200)
  })
})
