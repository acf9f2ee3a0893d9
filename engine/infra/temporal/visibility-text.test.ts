import { describe, expect, it } from 'vitest'
import { isSearchable, literal, searchableHead } from './visibility-text.ts'

describe('literal', () => {
  it.each([
    ["it's", "'it''s'"],
    ['back\\slash', "'back\\\\slash'"],
    ["\\'", "'\\\\'''"],
    ['', "''"],
  ])('Should escape %s', (text, expected) => {
    expect(literal(text)).toBe(expected)
  })
})

describe('isSearchable', () => {
  it.each(['', 'team', "team's orders", '%_`#;', 'équipe 😀'])('Should accept %j', (text) => {
    expect([isSearchable(text), searchableHead(text)]).toEqual([true, text])
  })

  it.each([
    ["'team", ''],
    ["team''", 'team'],
    ['team\\orders', 'team'],
    ['team"s', 'team'],
    ['team\norders', 'team'],
    ["team'\torders", 'team'],
  ])('Should refuse %j, of which %j can be asked for', (text, head) => {
    expect([isSearchable(text), searchableHead(text)]).toEqual([false, head])
  })
})
