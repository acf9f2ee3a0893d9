import { describe, expect, it } from 'vitest'
import {
  formatAge,
  formatBytes,
  formatDuration,
  formatNumber,
  formatSeconds,
  isoOf,
  toLocalMinute,
} from './format.ts'

describe('numbers for people', () => {
  it.each([
    [0, '0 ms'],
    [-5, '0 ms'],
    [999, '999 ms'],
    [1_200, '1.2 s'],
    [2_000, '2 s'],
    [12_480, '12.5 s'],
    [59_960, '60 s'],
    [185_000, '3 min 5 s'],
    [7_800_000, '2 h 10 min'],
    [90_000_000, '1 d 1 h'],
  ])('Should write a duration of %d ms as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text)
  })

  it('Should say which side of now a time lies on', () => {
    const now = Date.parse('2026-01-01T00:01:00Z')
    expect(formatAge('2026-01-01T00:00:00Z', now)).toBe('1 min 0 s ago')
    expect(formatAge('2026-01-01T00:02:00Z', now)).toBe('in 1 min 0 s')
    expect(formatAge('2026-01-01T00:00:47.600Z', now)).toBe('12 s ago')
    expect(formatAge('2026-01-01T00:01:00Z', now)).toBe('now')
  })

  it('Should write sizes and numbers short, and a dash for what is unknown', () => {
    expect([formatBytes(12), formatBytes(1_234_567)]).toEqual(['12 B', '1.2 MB'])
    expect([formatNumber(0.12345), formatNumber(12_345.6)]).toEqual(['0.123', '12,346'])
    expect([formatNumber(NaN), formatSeconds(undefined)]).toEqual(['–', '–'])
    expect([formatSeconds(0.0004), formatSeconds(0.25)]).toEqual(['0.4 ms', '250 ms'])
  })
})

describe('a time that is typed', () => {
  it.each([
    ['2026-01-02T03:04Z', '2026-01-02T03:04:00.000Z'],
    ['12025-01-01T00:00', undefined],
    ['foo', undefined],
    ['', undefined],
    [null, undefined],
  ])('Should be one of the API, or none: %s', (text, iso) => {
    expect(isoOf(text)).toBe(iso)
  })

  it.each(['2026-01-02T03:04:00.000Z', '2026-07-02T23:59:00.000Z'])(
    'Should be %s again from the field of the list',
    (iso) => {
      const text = toLocalMinute(Date.parse(iso))
      expect(text).toMatch(/^2026-\d\d-\d\dT\d\d:\d\d$/)
      expect(isoOf(text)).toBe(iso)
      expect(toLocalMinute(Date.parse(iso) + 59_999)).toBe(text)
    },
  )
})
