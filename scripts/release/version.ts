const form = /^(\d+)\.(\d+)\.(\d+)(?:-([0-9a-z]+(?:\.[0-9a-z]+)*))?$/

/** Which part of the version rises. */
const parts = ['major', 'minor', 'patch'] as const

/** Compares two versions by the precedence of semver; negative when `a` comes before `b`. */
function compare(a: string, b: string): number {
  const [, ...left] = form.exec(a)!
  const [, ...right] = form.exec(b)!
  for (let i = 0; i < 3; i++) {
    const difference = Number(left[i]) - Number(right[i])
    if (difference !== 0) return difference
  }
  const [before, after] = [left[3], right[3]]
  // A prerelease comes before its release.
  if (before === undefined || after === undefined)
    return Number(before === undefined) - Number(after === undefined)
  return before.localeCompare(after, 'en', { numeric: true })
}

/**
 * Returns the version to release: `current` with a raised part, or `asked` itself. Throws an error
 * for a text that is neither, and for a version that is not above `current`.
 */
export function nextVersion(current: string, asked: string): string {
  const [, ...numbers] = form.exec(current)!
  const [major = 0, minor = 0, patch = 0] = numbers.slice(0, 3).map(Number)
  if (asked === 'major') return `${major + 1}.0.0`
  if (asked === 'minor') return `${major}.${minor + 1}.0`
  if (asked === 'patch') return `${major}.${minor}.${patch + 1}`
  if (!form.test(asked))
    throw new Error(
      `"${asked}" is not a version; give ${parts.join(', ')} or a version such as 1.2.3`,
    )
  if (compare(asked, current) <= 0)
    throw new Error(`version ${asked} is not above the current one, ${current}`)
  return asked
}
