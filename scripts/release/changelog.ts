const heading = '## [Unreleased]'

/**
 * Returns the changelog with the unreleased changes under a version and its date, and nothing
 * unreleased. Throws an error when there is nothing to release or the version is there already.
 */
export function releaseChangelog(text: string, version: string, date: string): string {
  const start = text.indexOf(`${heading}\n`)
  if (start === -1) throw new Error(`CHANGELOG.md has no heading "${heading}"`)
  if (text.includes(`## [${version}]`)) throw new Error(`CHANGELOG.md already has ${version}`)
  const after = text.slice(start + heading.length)
  const next = after.indexOf('\n## ')
  const changes = next === -1 ? after : after.slice(0, next)
  if (!/^- \S/m.test(changes))
    throw new Error(`CHANGELOG.md has no change under ${heading}; there is nothing to release`)
  const rest = next === -1 ? '' : after.slice(next)
  return `${text.slice(0, start)}${heading}\n\n## [${version}] - ${date}${changes.trimEnd()}\n${rest}`
}
