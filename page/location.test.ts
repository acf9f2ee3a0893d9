import { describe, expect, it } from 'vitest'
import { hashOf, parseHash } from './location.ts'

describe('a place on the page', () => {
  it('Should survive the way through a URL, whatever the ids hold', () => {
    const hash = hashOf(['runs', 'a/b c%'], new URLSearchParams({ status: 'failed' }))
    const { segments, query } = parseHash(hash)
    expect(segments).toEqual(['runs', 'a/b c%'])
    expect(query.get('status')).toBe('failed')
  })

  it('Should take a hash that nobody encoded', () => {
    expect(parseHash('#/runs/100%').segments).toEqual(['runs', '100%'])
    expect(parseHash('').segments).toEqual([])
  })
})
