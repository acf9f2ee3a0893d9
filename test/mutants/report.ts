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

/** The share of mutants that are not equivalent and were noticed, in percent. */
export function scoreOf(judged: readonly Judged[]): number {
  const counted = judged.filter(({ verdict }) => verdict !== 'equivalent')
  const noticed = counted.filter(({ verdict }) => verdict === 'killed' || verdict === 'timeout')
  return counted.length === 0 ? 100 : (100 * noticed.length) / counted.length
}

/** One line for each group, with its counts and score. */
export function formatScores(groups: ReadonlyMap<string, readonly Judged[]>): string {
  const width = Math.max(...[...groups.keys()].map((name) => name.length))
  const rows = [...groups].map(([name, judged]) => {
    const count = (wanted: Verdict): string =>
      String(judged.filter(({ verdict }) => verdict === wanted).length).padStart(5)
    const score = `${scoreOf(judged).toFixed(1)} %`.padStart(8)
    return `${name.padEnd(width)} ${String(judged.length).padStart(6)} mutants ${score} ${count('killed')} killed ${count('timeout')} timed out ${count('survived')} survived ${count('no coverage')} not covered ${count('equivalent')} equivalent`
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
