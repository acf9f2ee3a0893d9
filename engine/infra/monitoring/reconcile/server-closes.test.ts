import { describe, expect, it } from 'vitest'
import { createCloseCursor, type ServerClose } from './server-closes.ts'

const close = (runId: string, closedAt: number): ServerClose => ({
  runId,
  workflowType: 'order',
  outcome: 'terminated',
  closedAt,
})

describe('createCloseCursor', () => {
  it('Should leave the youngest closes to the next span, which begins where this one ends', () => {
    const cursor = createCloseCursor()
    const first = cursor.next(100_000, 120_000)
    expect(first).toEqual({ after: 100_000, until: 115_000 })
    const closes = [close('edge', 115_000), close('young', 115_001)]
    expect(cursor.take(first, 100_000, closes)).toEqual([close('edge', 115_000)])
    const second = cursor.next(115_000, 135_000)
    expect(cursor.take(second, 115_000, closes)).toEqual([close('young', 115_001)])
  })

  it('Should count a close that becomes visible late, if it has counted its span itself', () => {
    const cursor = createCloseCursor()
    cursor.take(cursor.next(100_000, 120_000), 100_000, [])
    const span = cursor.next(115_000, 135_000)
    expect(span.after).toBe(100_000)
    expect(cursor.take(span, 115_000, [close('late', 101_000)])).toHaveLength(1)
    const again = cursor.next(130_000, 150_000)
    expect(cursor.take(again, 130_000, [close('late', 101_000)])).toEqual([])
  })

  it('Should leave to another process what that one has counted', () => {
    const cursor = createCloseCursor()
    cursor.take(cursor.next(100_000, 120_000), 100_000, [])
    // Another process has counted up to 300,000.
    const span = cursor.next(300_000, 320_000)
    expect(span.after).toBe(300_000)
    expect(cursor.take(span, 300_000, [close('theirs', 299_999)])).toEqual([])
  })

  it('Should fetch the closes of a long outage in steps', () => {
    const cursor = createCloseCursor()
    const span = cursor.next(0, 7_200_000)
    expect(span).toEqual({ after: 0, until: 600_000 })
    cursor.take(span, 0, [])
    expect(cursor.next(600_000, 7_200_000).until).toBe(1_200_000)
  })
})
