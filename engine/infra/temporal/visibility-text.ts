/**
 * Texts that no visibility query can name. The server compares with these characters still escaped,
 * and without the apostrophes at both ends.
 */
const unsearchable = /["\\\p{Cc}]|^'|'$/u

/** Reports whether a visibility query can compare with exactly this text. */
export function isSearchable(text: string): boolean {
  return !unsearchable.test(text)
}

/** Quotes a text for a visibility query; exact only if {@link isSearchable}. */
export function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
}

/** Returns the longest beginning of a text that a visibility query can compare with. */
export function searchableHead(text: string): string {
  if (text.startsWith("'")) return ''
  const head = text.slice(0, /["\\\p{Cc}]/u.exec(text)?.index)
  return head.replace(/'+$/, '')
}
