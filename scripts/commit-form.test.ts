import { describe, expect, it } from 'vitest'
import { summaryFault } from './commit-form.ts'

describe('the form of a commit summary', () => {
  it.each([
    'monitoring: export runs that timed out as a counter',
    'ci: run the slow lane, and install what it needs',
    'infra/server: close idle connections',
    'docs: HTTP examples use the quickstart',
    `cli: ${'x'.repeat(67)}`,
  ])('Should accept "%s"', (summary) => {
    expect(summaryFault(summary)).toBeUndefined()
  })

  it.each([
    ['Labels of the plot of memory fit', 'no scope'],
    ['Monitoring: export a counter', 'no scope'],
    ['monitoring:', 'no scope'],
    ['cli: print the reason; keep the code', 'semicolon'],
    ['cli: Print the reason', 'capital'],
    ['cli: print the reason.', 'punctuation'],
    [`cli: ${'x'.repeat(68)}`, '73 characters'],
  ])('Should refuse "%s" and say why', (summary, reason) => {
    expect(summaryFault(summary)).toContain(reason)
  })
})
