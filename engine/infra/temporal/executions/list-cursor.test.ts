import { describe, expect, it } from 'vitest'
import { decodeCursor, encodeCursor } from './list-cursor.ts'

const token = Buffer.from('{"CloseTime":"x"}')
const after = { closedAt: 2n ** 63n, startedAt: 1_767_225_600_123_456_789n, runId: '5f-3c' }
const none = new Uint8Array()

describe('cursors', () => {
  it('Should give a token back to the list that it is of', () => {
    const cursor = encodeCursor({ token }, 'list a')
    expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/)
    const decoded = decodeCursor(cursor!, 'list a')
    expect([Buffer.from(decoded.token), decoded.after]).toEqual([token, undefined])
    expect(decodeCursor(undefined, 'list a').token).toHaveLength(0)
  })

  it.each([
    ['the first', none],
    ['a later', token],
  ])('Should tell which run of %s page was the last', (_, page) => {
    const decoded = decodeCursor(encodeCursor({ token: page, after }, 'list a')!, 'list a')
    expect([Buffer.from(decoded.token), decoded.after]).toEqual([Buffer.from(page), after])
  })

  it('Should give none after the last page', () => {
    expect(encodeCursor({ token: none }, 'list a')).toBeNull()
  })

  it.each([
    ['of another list', encodeCursor({ token, after }, 'list b')!],
    ['that is empty', ''],
    ['that is cut off', encodeCursor({ token, after }, 'list a')!.slice(0, -4)],
    ['that is text', 'next page, please'],
  ])('Should refuse one %s', (_, cursor) => {
    expect(() => decodeCursor(cursor, 'list a')).toThrow(
      expect.objectContaining({ code: 'input_invalid' }),
    )
  })
})
