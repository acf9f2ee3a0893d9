/** Returns the edits (insert, delete, replace, swap of neighbors) between two short words. */
function distance(a: string, b: string): number {
  let before: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let best = Math.min(previous[j]! + 1, row[j - 1]! + 1, previous[j - 1]! + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, before[j - 2]! + 1)
      row.push(best)
    }
    before = previous
    previous = row
  }
  return previous[b.length]!
}

/** Candidates beyond these are not compared: a guess is worth only so much time. */
const maximumCandidates = 1_000

/** Fewer letters than these shorten no name. */
const shortest = 3

/** The only known name that begins with this one, which may be short for it. */
function inFull(name: string, known: readonly string[]): string | undefined {
  if (name.length < shortest) return undefined
  const start = name.toLowerCase()
  const [only, ...others] = known.filter((candidate) => candidate.toLowerCase().startsWith(start))
  return others.length === 0 ? only : undefined
}

/**
 * Returns the known name that the user probably meant, or `undefined` if none is near enough: at
 * most a third of its letters differ (at least one), and never all, or it is the only one that
 * begins with what the user wrote.
 *
 * @example nearest('tasls', ['tasks', 'tools']) // 'tasks'
 */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined
  let bestDistance = Math.max(1, Math.floor(name.length / 3)) + 1
  const candidates = Array.from(known).slice(0, maximumCandidates)
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue
    const edits = distance(name.toLowerCase(), candidate.toLowerCase())
    if (edits < bestDistance && edits < candidate.length) [best, bestDistance] = [candidate, edits]
  }
  return best ?? inFull(name, candidates)
}

/** Returns the end of a message about an unknown name: `; did you mean "tasks"?`, or nothing. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const found = nearest(name, known)
  return found === undefined ? '' : `; did you mean "${found}"?`
}

/**
 * Says which key of an object is none of the known ones, undefined for nothing. A key without a
 * value counts as left out.
 *
 * @param others names by which people know a key elsewhere
 */
export function unknownKeyIn(
  given: Readonly<Record<string, unknown>>,
  known: readonly string[],
  others: ReadonlyMap<string, string> = new Map(),
): string | undefined {
  const key = Object.keys(given).find((name) => given[name] !== undefined && !known.includes(name))
  if (key === undefined) return undefined
  const meant = others.get(key) ?? known.find((name) => key.startsWith(name))
  const hint = meant === undefined ? didYouMean(key, known) : `; did you mean "${meant}"?`
  return `unknown key "${key}"${hint || `; allowed: ${known.join(', ')}`}`
}

/** Returns the names, comma-separated, the first of many: `a, b, c and 97 more`. */
export function listNames(names: Iterable<string>, most = 20): string {
  const all = [...names]
  const shown = all.slice(0, most).join(', ')
  return all.length > most ? `${shown} and ${all.length - most} more` : shown
}
