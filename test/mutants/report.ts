import { type Equivalent, findEquivalent, oneLine } from './equivalent.ts'
import type { Mutant } from './instrument.ts'
import type { Note } from './journal.ts'

export type Verdict = 'killed' | 'timeout' | 'survived' | 'no coverage' | 'equivalent'

export interface Judged extends Mutant {
  readonly verdict: Verdict
}

/** Gives each mutant its verdict; one that is listed as equivalent counts neither way. */
export function judge(
  mutants: readonly Mutant[],
  notes: readonly Note[],
  equivalents: readonly Equivalent[],
): readonly Judged[] {
  const verdicts = new Map<string, Verdict>()
  for (const entry of notes) {
    if (entry.type !== 'end' && entry.type !== 'fresh') continue
    const known = verdicts.get(entry.mutant)
    if (known === undefined || known === 'survived') verdicts.set(entry.mutant, entry.outcome)
  }
  return mutants.map((mutant) => {
    const verdict = verdicts.get(mutant.id) ?? 'no coverage'
    const alive = verdict === 'survived' || verdict === 'no coverage'
    const listed = alive && findEquivalent(equivalents, mutant) !== undefined
    return { ...mutant, verdict: listed ? 'equivalent' : verdict }
  })
}

interface Counts {
  readonly noticed: number
  readonly counted: number
}

function countsOf(judged: readonly Judged[]): Counts {
  const of = (...wanted: readonly Verdict[]): number =>
    judged.filter(({ verdict }) => wanted.includes(verdict)).length
  const noticed = of('killed', 'timeout')
  return { noticed, counted: noticed + of('survived', 'no coverage') }
}

/** The share of mutants that are not equivalent and were noticed, in percent. */
export function scoreOf(judged: readonly Judged[]): number {
  const { noticed, counted } = countsOf(judged)
  return counted === 0 ? 100 : (100 * noticed) / counted
}

/** The bounds between which the score of all mutants lies with 95 % (Wilson), in percent. */
export function intervalOf(judged: readonly Judged[]): readonly [number, number] {
  const { noticed, counted } = countsOf(judged)
  if (counted === 0) return [0, 100]
  const z = 1.96
  const share = noticed / counted
  const spread = z * Math.sqrt((share * (1 - share)) / counted + (z / (2 * counted)) ** 2)
  const bound = (sign: 1 | -1): number =>
    (100 * (share + z ** 2 / (2 * counted) + sign * spread)) / (1 + z ** 2 / counted)
  return [Math.max(0, bound(-1)), Math.min(100, bound(1))]
}

/** One line for each group, with its counts and score; for a sample with its interval too. */
export function formatScores(
  groups: ReadonlyMap<string, readonly Judged[]>,
  isSample = false,
): string {
  const width = Math.max(...[...groups.keys()].map((name) => name.length))
  const rows = [...groups].map(([name, judged]) => {
    const count = (wanted: Verdict): string =>
      String(judged.filter(({ verdict }) => verdict === wanted).length).padStart(5)
    const score = `${scoreOf(judged).toFixed(1)} %`.padStart(8)
    const [low, high] = intervalOf(judged).map((bound) => bound.toFixed(1))
    return `${name.padEnd(width)} ${String(judged.length).padStart(6)} mutants ${score}${isSample ? ` [${low}, ${high}]` : ''} ${count('killed')} killed ${count('timeout')} timed out ${count('survived')} survived ${count('no coverage')} not covered ${count('equivalent')} equivalent`
  })
  return rows.join('\n')
}

/** Each mutant that nobody noticed, with its place and its change. */
export function formatSurvivors(judged: readonly Judged[]): string {
  return judged
    .filter(({ verdict }) => verdict === 'survived' || verdict === 'no coverage')
    .map(
      ({ file, line, mutator, verdict, original, replacement }) =>
        `${file}:${line} ${mutator}, ${verdict}\n  - ${oneLine(original)}\n  + ${oneLine(replacement)}`,
    )
    .join('\n')
}

/** Entries of the list that name no mutant of the files that were mutated, or a killed one. */
export function staleEquivalents(
  equivalents: readonly Equivalent[],
  judged: readonly Judged[],
  files: ReadonlySet<string>,
): readonly Equivalent[] {
  return equivalents.filter(
    (entry) =>
      files.has(entry.file) &&
      !judged.some(
        (mutant) =>
          mutant.verdict === 'equivalent' && findEquivalent([entry], mutant) !== undefined,
      ),
  )
}
