import { describe, expect, it } from 'vitest'
import { historyLength } from './history-length.ts'

const short = { events: 100, bytes: 1_000, isContinueAsNewSuggested: false }

describe('the length of a history', () => {
  it.each([
    ['short', short],
    ['long', { ...short, isContinueAsNewSuggested: true }],
    ['due', { ...short, events: 10_000 }],
    ['due', { ...short, bytes: 16_000_000, isContinueAsNewSuggested: true }],
    ['full', { ...short, events: 40_000 }],
    ['full', { ...short, bytes: 40_000_000 }],
  ] as const)('Should be %s: %o', (length, size) => {
    expect(historyLength(size, 4)).toBe(length)
  })

  it('Should not be due by its bytes where an older engine began the run', () => {
    const size = { ...short, bytes: 16_000_000, isContinueAsNewSuggested: true }
    expect(historyLength(size, 3)).toBe('long')
  })
})
