/** Writes text as one word for a POSIX shell, in quotes where it needs them. */
export function shellWord(text: string): string {
  if (/^[\w@%+=:,./~-]+$/.test(text)) return text
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}
