import { describe, expect, it } from 'vitest'
import { createCloseCursor, type ServerClose } from './server-closes.ts'

const close = (runId: string, closedAt: number): ServerClose => ({
  runId,
  workflowType: 'order',
  outcome: 'terminated',
  closedAt,
})

describe('createCloseCursor', () => {
  it('Should give each close once, also one that the next answers repeat', () => {
    const cursor = createCloseCursor(1_000)
    const first = [close('a', 2_000)]
    expect(cursor.advance(first, 10_000)).toEqual(first)
    expect(cursor.advance([...first, close('b', 9_000)], 20_000)).toEqual([close('b', 9_000)])
  })

  it('Should find a close that becomes visible two minutes late', () => {
    const cursor = createCloseCursor(0)
    cursor.advance([], 600_000)
    expect(cursor.after).toBe(480_000)
    expect(cursor.advance([close('late', 500_000)], 610_000)).toHaveLength(1)
  })

  it('Should leave out what closed before its start, and never ask for it', () => {
    const cursor = createCloseCursor(50_000)
    expect(cursor.advance([close('old', 49_999)], 60_000)).toEqual([])
    expect(cursor.after).toBe(50_000)
  })
})
