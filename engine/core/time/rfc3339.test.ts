import { describe, expect, it } from 'vitest'
import { parseTime } from './rfc3339.ts'

describe('a time', () => {
  it.each([
    ['2026-01-31T09:00:00Z', '2026-01-31T09:00:00.000Z'],
    ['2024-02-29t23:59:59.5z', '2024-02-29T23:59:59.500Z'],
    ['2026-01-01 00:30:00+01:00', '2025-12-31T23:30:00.000Z'],
    ['0000-02-29T00:00:00Z', '0000-02-29T00:00:00.000Z'],
  ])('Should be read: %s', (text, expected) => {
    expect(new Date(parseTime(text)!).toISOString()).toBe(expected)
  })

  it.each([
    '2026-02-30T00:00:00Z',
    '2026-02-29T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-10T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T23:59:60Z',
    '2026-01-01T00:00:00',
    '2026-01-01',
    'tomorrow',
    '',
  ])('Should be refused: %s', (text) => {
    expect(parseTime(text)).toBeUndefined()
  })
})
