import { describe, expect, it } from 'vitest'
import { refuseWithoutRoom } from './history-room.ts'

const large = { ok: true, output: 'x'.repeat(1_000_000) } as const
const history = (bytes: number) => () => Promise.resolve(bytes)

describe('room in a history', () => {
  it('Should accept a large output that the history has room for', async () => {
    expect(await refuseWithoutRoom(large, 'fetch', history(42_000_000))).toBe(large)
  })

  it('Should refuse one that could make Temporal terminate the run', async () => {
    expect(await refuseWithoutRoom(large, 'fetch', history(43_500_000))).toEqual({
      ok: false,
      error: {
        type: 'LimitExceeded',
        message:
          'output of tool "fetch" is 1,000,002 bytes, and the run\'s history is 43,500,000 bytes; at most 44,000,000 bytes together are allowed; return less, or make fewer calls at a time (max_workers, batch)',
      },
      limit: 'history',
    })
  })

  it('Should accept a small output, a failure, and whatever cannot be asked about', async () => {
    const never = () => Promise.reject(new Error('not asked'))
    const failed = { ok: false, error: { type: 'ToolCrashed', message: 'gone' } } as const
    const small = { ok: true, output: 'x'.repeat(200_000) } as const
    expect(await refuseWithoutRoom(small, 'fetch', history(49_000_000))).toBe(small)
    expect(await refuseWithoutRoom(failed, 'fetch', history(49_000_000))).toBe(failed)
    expect(await refuseWithoutRoom(large, 'fetch', never)).toBe(large)
  })
})
