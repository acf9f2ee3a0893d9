import { describe, expect, it } from 'vitest'
import { createCloseCursor, isBehind, type ServerClose } from './server-closes.ts'

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

  it('Should count anew after another process has counted in between', () => {
    const cursor = createCloseCursor()
    const first = cursor.next(100_000, 120_000)
    expect(cursor.take(first, 100_000, [close('a', 110_000)])).toHaveLength(1)
    // Another process counted up to 200,000. What this one remembers belongs to an old span.
    const second = cursor.next(200_000, 215_000)
    expect(cursor.take(second, 200_000, [close('a', 205_000)])).toHaveLength(1)
    expect(cursor.next(210_000, 225_000).after).toBe(200_000)
  })

  it('Should fetch the closes of a long outage in steps', () => {
    const cursor = createCloseCursor()
    const span = cursor.next(0, 7_200_000)
    expect(span).toEqual({ after: 0, until: 600_000 })
    cursor.take(span, 0, [])
    expect(cursor.next(600_000, 7_200_000).until).toBe(1_200_000)
  })

  it('Should fetch longer steps where the interval is long', () => {
    expect(createCloseCursor(300_001).next(0, 7_200_000).until).toBe(600_002)
    expect(createCloseCursor(299_999).next(0, 7_200_000).until).toBe(600_000)
  })

  it('Should halve the span that was too long, its overlap first, down to a millisecond', () => {
    const cursor = createCloseCursor()
    cursor.take(cursor.next(0, 105_000), 0, [])
    const spans = Array.from({ length: 20 }, () => {
      const span = cursor.next(100_000, 113_000)
      cursor.shorten(span)
      return [span.after, span.until]
    })
    expect(spans.slice(0, 6)).toEqual([
      [0, 108_000],
      [54_000, 108_000],
      [81_000, 108_000],
      [94_500, 108_000],
      [100_000, 106_750],
      [100_000, 103_375],
    ])
    expect(spans.at(-1)).toEqual([100_000, 100_001])
  })

  it('Should double its spans again, up to those of the beginning', () => {
    const cursor = createCloseCursor()
    cursor.shorten({ after: 0, until: 3 })
    const lengths = Array.from({ length: 30 }, () => {
      const { until } = cursor.next(0, 7_200_000)
      cursor.lengthen()
      return until
    })
    expect(lengths.slice(0, 5)).toEqual([1, 2, 4, 8, 16])
    expect(lengths.at(-1)).toBe(600_000)
  })

  it('Should not list again more than the last thousand that it counted', () => {
    const cursor = createCloseCursor()
    const closes = Array.from({ length: 1_500 }, (_, at) => close(`run-${at}`, 50_000 + at))
    cursor.take(cursor.next(0, 105_000), 0, closes)
    expect(cursor.next(100_000, 115_000).after).toBe(50_499)
    cursor.take({ after: 50_499, until: 110_000 }, 100_000, [])
    expect(cursor.next(110_000, 125_000).after).toBe(50_499)
  })

  it('Should count none of a mass twice, and a late close among its last thousand', () => {
    const cursor = createCloseCursor()
    const closes = Array.from({ length: 3_000 }, (_, at) => close(`run-${at}`, 50_000 + at))
    expect(cursor.take(cursor.next(0, 105_000), 0, closes)).toHaveLength(3_000)
    const late = [close('among the last', 52_000), close('among the first', 50_500)]
    for (const [until, found] of [
      [100_000, ['among the last']],
      [110_000, []],
      [120_000, []],
    ] as const) {
      const span = cursor.next(until, until + 15_000)
      const taken = cursor.take(span, until, [...closes, ...late])
      expect(taken.map(({ runId }) => runId)).toEqual(found)
    }
  })

  it('Should be behind until a span reaches the youngest closes that are visible', () => {
    expect(isBehind({ after: 0, until: 94_999 }, 100_000)).toBe(true)
    expect(isBehind({ after: 0, until: 95_000 }, 100_000)).toBe(false)
  })

  it('Should never go back: a span ends where it begins while all closes are young', () => {
    expect(createCloseCursor().next(100_000, 104_999)).toEqual({ after: 100_000, until: 100_000 })
    expect(createCloseCursor().next(100_000, 105_001)).toEqual({ after: 100_000, until: 100_001 })
  })

  it('Should ask two minutes back in spans of its own, and no further', () => {
    const cursor = createCloseCursor()
    let until = 0
    for (const now of [105_000, 205_000, 305_000]) {
      const span = cursor.next(until, now)
      cursor.take(span, until, [])
      until = span.until
    }
    expect(cursor.next(until, 405_000)).toEqual({ after: 180_000, until: 400_000 })
  })

  it('Should count a close at the end of its span, and not one at its beginning', () => {
    const closes = [close('before', 100_000), close('first', 100_001), close('last', 115_000)]
    const taken = createCloseCursor().take({ after: 100_000, until: 115_000 }, 100_000, closes)
    expect(taken.map(({ runId }) => runId)).toEqual(['first', 'last'])
  })

  it('Should remember what it counted for as long as it asks back', () => {
    const cursor = createCloseCursor()
    const span = (after: number, until: number) => ({ after, until })
    const late = close('late', 100_001)
    expect(cursor.take(span(100_000, 200_000), 100_000, [late])).toHaveLength(1)
    expect(cursor.take(span(100_000, 220_000), 200_000, [late])).toHaveLength(0)
    // What can no longer be asked for is forgotten.
    expect(cursor.take(span(100_000, 220_001), 220_000, [])).toHaveLength(0)
    expect(cursor.take(span(100_000, 220_002), 220_001, [late])).toHaveLength(1)
  })
})
