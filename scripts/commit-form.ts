/** The longest summary that `git log --oneline` and GitHub show whole. */
const longest = 72

/**
 * Returns what is wrong with the first line of a commit message, or undefined when it has the form
 * `scope: imperative summary`.
 */
export function summaryFault(summary: string): string | undefined {
  if (!/^[a-z][a-z0-9/.-]*: \S/.test(summary))
    return 'has no scope; write it as "scope: imperative summary"'
  if (summary.length > longest)
    return `has ${summary.length} characters; at most ${longest} are allowed`
  if (summary.includes(';')) return 'has a semicolon; make it one statement, or two commits'
  if (/^[^:]+: [A-Z](?![A-Z0-9])/.test(summary))
    return 'starts with a capital letter after the scope'
  if (/[.!]$/.test(summary)) return 'ends with punctuation; a summary is a title'
  return undefined
}
