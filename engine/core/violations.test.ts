import { describe, expect, it } from 'vitest'
import { summarizeViolations } from './violations.ts'

const violation = (pointer: string) => ({ pointer, message: 'is required' })

describe('summarizeViolations', () => {
  it('Should show the first three and count the rest', () => {
    const five = ['/a', '/b', '/c', '/d', '/e'].map(violation)
    expect(summarizeViolations(five, 'it')).toBe(
      '/a is required; /b is required; /c is required; and 2 more',
    )
  })

  it('Should count nothing where all are shown', () => {
    expect(summarizeViolations([violation('')], '(the input)')).toBe('(the input) is required')
    expect(summarizeViolations([violation('/a')], 'it', ': ')).toBe('/a: is required')
  })
})
