import { describe, expect, it } from 'vitest'
import type { Equivalent } from './equivalent.ts'
import type { Mutant } from './instrument.ts'
import type { Note, Outcome } from './journal.ts'
import {
  formatScores,
  formatSurvivors,
  intervalOf,
  judge,
  scoreOf,
  staleEquivalents,
} from './report.ts'

const mutants: readonly Mutant[] = ['0', '1', '2', '3'].map((id) => ({
  id,
  file: 'engine/a.ts',
  line: 7,
  start: 0,
  end: 0,
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

const judged = (equivalents: readonly Equivalent[]) => judge(mutants, notes, equivalents)

describe('the report of mutants', () => {
  it('Should count a mutant as killed when any test killed it', () => {
    expect(judged([]).map(({ verdict }) => verdict)).toEqual([
      'killed',
      'timeout',
      'survived',
      'no coverage',
    ])
    expect(scoreOf(judged([]))).toBe(50)
  })

  it('Should leave equivalent mutants out of the score, but not count a killed one as such', () => {
    const all = judged([listed('0'), listed('3')])
    expect(all.map(({ verdict }) => verdict)).toEqual([
      'killed',
      'timeout',
      'survived',
      'equivalent',
    ])
    expect(scoreOf(all)).toBeCloseTo(66.7, 1)
    expect(scoreOf([])).toBe(100)
  })

  it('Should print each survivor with its place and its change on one line', () => {
    expect(formatSurvivors(judged([listed('3')]))).toBe(
      'engine/a.ts:7 EqualityOperator, survived\n  - size >= limit2\n  + size > limit2',
    )
  })

  it('Should name entries whose mutant is killed or gone, in files that were mutated', () => {
    const equivalents = [listed('0'), listed('3'), listed('9')]
    const all = judged(equivalents)
    const stale = staleEquivalents(equivalents, all, new Set(['engine/a.ts']))
    expect(stale).toEqual([listed('0'), listed('9')])
    expect(staleEquivalents(equivalents, all, new Set(['engine/b.ts']))).toEqual([])
  })

  it('Should print one line of counts for each part', () => {
    const all = judged([listed('3')])
    expect(formatScores(new Map([['monitoring', all]]))).toMatch(
      /^monitoring +4 mutants +66\.7 % +1 killed +1 timed out +1 survived +0 not covered +1 equivalent$/,
    )
  })

  it('Should print the interval of a sample, and none of a whole part', () => {
    const groups = new Map([['monitoring', judged([])]])
    expect(formatScores(groups, true)).toContain('50.0 % [15.0, 85.0] ')
    expect(formatScores(groups)).not.toContain('[')
  })

  it.each([
    [95, 100, [88.8, 97.8]],
    [100, 100, [96.3, 100]],
    [0, 10, [0, 27.8]],
    [0, 0, [0, 100]],
  ])('Should give the bounds that statistics books give: %d of %d', (noticed, counted, bounds) => {
    const all = Array.from({ length: counted }, (_, i) => ({
      ...mutants[0]!,
      verdict: i < noticed ? ('killed' as const) : ('survived' as const),
    }))
    expect(intervalOf(all).map((bound) => Math.round(bound * 10) / 10)).toEqual(bounds)
  })
})
