import { describe, expect, it } from 'vitest'
import { createSharedRecords, type SharedRecordsOptions } from './shared-records.ts'

const read = (bytes = 10) => ({
  records: { tasks: [], history: [], truncated: false },
  bytes,
})

function setUp(options: SharedRecordsOptions = {}) {
  const reads: string[] = []
  const clock = { now: 0 }
  const shared = createSharedRecords(
    async ({ execId }) => {
      reads.push(execId)
      return read()
    },
    { now: () => clock.now, ...options },
  )
  const get = (execId: string, closed = true) => shared.get({ execId, runId: 'r', closed })
  return { get, reads, clock }
}

describe('shared records', () => {
  it('Should read a closed run once, and an open one again after a while', async () => {
    const { get, reads, clock } = setUp()
    await get('closed')
    await get('open', false)
    await get('open', false)
    clock.now = 5_000
    await get('closed')
    await get('open', false)
    expect(reads).toEqual(['closed', 'open', 'open'])
  })

  it('Should read once for all who ask at the same time', async () => {
    const { get, reads } = setUp()
    await Promise.all([get('a'), get('a'), get('a')])
    expect(reads).toEqual(['a'])
  })

  it('Should forget the run that was asked for longest ago when there is no room', async () => {
    const { get, reads } = setUp({ bytes: 25 })
    for (const id of ['a', 'b', 'a', 'c', 'a', 'b']) await get(id)
    expect(reads).toEqual(['a', 'b', 'c', 'b'])
  })

  it('Should read only so many histories at a time', async () => {
    let open = 0
    let most = 0
    const shared = createSharedRecords(
      async () => {
        most = Math.max(most, ++open)
        await new Promise((resolve) => setImmediate(resolve))
        open--
        return read()
      },
      { atOnce: 2 },
    )
    const all = ['a', 'b', 'c', 'd', 'e'].map((execId) =>
      shared.get({ execId, runId: 'r', closed: true }),
    )
    await Promise.all(all)
    expect(most).toBe(2)
  })

  it('Should not keep what failed', async () => {
    let fails = true
    const shared = createSharedRecords(async () => {
      if (fails) throw new Error('away')
      return read()
    })
    const get = () => shared.get({ execId: 'a', runId: 'r', closed: true })
    await expect(get()).rejects.toThrow('away')
    fails = false
    await expect(get()).resolves.toMatchObject({ truncated: false })
  })
})
