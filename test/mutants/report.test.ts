import { describe, expect, it } from 'vitest'
import type { Mutant } from './instrument.ts'
import type { Note, Outcome } from './journal.ts'
import { formatScores, formatSurvivors, judge, scoreOf, staleEquivalents } from './report.ts'

const mutants: readonly Mutant[] = ['0', '1', '2', '3'].map((id) => ({
  id,
  file: 'engine/a.ts',
  line: 7,
  mutator: 'EqualityOperator',
  original: `size >=\n    limit${id}`,
  replacement: `size > limit${id}`,
}))

const end = (mutant: string, outcome: Outcome): Note => ({
  type: 'end',
  worker: 'w',
  mutant,
  file: '/a.test.ts',
  outcome,
  hits: 1,
})

const notes = [end('0', 'survived'), end('0', 'killed'), end('1', 'timeout'), end('2', 'survived')]
const listed = (id: string) => ({
  file: 'engine/a.ts',
  original: `size >= limit${id}`,
  replacement: `size > limit${id}`,
  reason: 'nobody can see it',
})

describe('the report of mutants', () => {
  it('Should count a mutant as killed when any test killed it', () => {
    expect(judge(mutants, notes, []).map(({ verdict }) => verdict)).toEqual([
      'killed',
      'timeout',
      'survived',
      'no coverage',
    ])
    expect(scoreOf(judge(mutants, notes, []))).toBe(50)
  })

  it('Should leave equivalent mutants out of the score, but not count a killed one as such', () => {
    const judged = judge(mutants, notes, [listed('0'), listed('3')])
    expect(judged.map(({ verdict }) => verdict)).toEqual([
      'killed',
      'timeout',
      'survived',
      'equivalent',
    ])
    expect(scoreOf(judged)).toBeCloseTo(66.7, 1)
    expect(scoreOf([])).toBe(100)
  })

  it('Should print each survivor with its place and its change on one line', () => {
    expect(formatSurvivors(judge(mutants, notes, [listed('3')]))).toBe(
      'engine/a.ts:7 EqualityOperator, survived\n  - size >= limit2\n  + size > limit2',
    )
  })

  it('Should name entries whose mutant is killed or gone, in files that were mutated', () => {
    const equivalents = [listed('0'), listed('3'), listed('9')]
    const judged = judge(mutants, notes, equivalents)
    const stale = staleEquivalents(equivalents, judged, new Set(['engine/a.ts']))
    expect(stale).toEqual([listed('0'), listed('9')])
    expect(staleEquivalents(equivalents, judged, new Set(['engine/b.ts']))).toEqual([])
  })

  it('Should print one line of counts for each part', () => {
    const judged = judge(mutants, notes, [listed('3')])
    expect(formatScores(new Map([['monitoring', judged]]))).toMatch(
      /^monitoring +4 mutants +66\.7 % +1 killed +1 timed out +1 survived +0 not covered +1 equivalent$/,
    )
  })
})
