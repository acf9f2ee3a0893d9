import type { JsonValue } from './json.ts'

/** A place in a file, counted from 1. `length` is how many characters the caret underlines; 0: none. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly length: number
}

/** The way from a document's root to a value in it: keys and indexes. */
export type Path = readonly (string | number)[]

/**
 * A parsed document whose every value still knows its place in the text. `project/` makes one from a YAML file;
 * whoever checks values (compiler, config) reports against it.
 */
export interface Source {
  /** File name as the user should see it (relative to where they stand). */
  readonly file: string
  /** The document as plain data. */
  readonly value: JsonValue
  /**
   * The place of the value at `path`; with `key: true` that of its key. A path that leads nowhere gives the nearest
   * enclosing value. `offset`/`length` point inside a string value, in characters of the parsed string.
   */
  locate(
    path: Path,
    at?: { readonly key?: boolean; readonly offset?: number; readonly length?: number },
  ): Place
  /** The line of text at a place, without its line break. */
  lineAt(place: Place): string
}

/** One thing that is wrong (or doubtful) in a file of the project. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning'
  readonly place: Place
  /** What is wrong, complete in itself, without the place. */
  readonly message: string
  /** What is allowed or what to do instead. */
  readonly hint?: string
  /** The line of text that the caret goes under. */
  readonly excerpt: string
}

/** `file:line:column`. */
export function formatPlace(place: Place): string {
  return `${place.file}:${place.line}:${place.column}`
}

/**
 * A diagnostic as the user sees it:
 *
 *     orders.yaml:12:15: error: unknown task "shpi" in next; did you mean "ship"?
 *       12 |       next: shpi
 *          |             ^^^^
 *       allowed: price, stock, ship
 *
 * A place of no length (a file that is not there) has nothing to put a caret under.
 */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { place, severity, message, hint, excerpt } = diagnostic
  const number = String(place.line)
  const gutter = ' '.repeat(number.length)
  const shown = excerpt.replaceAll('\t', ' ')
  const room = Math.max(1, shown.length - place.column + 1)
  const caret = ' '.repeat(place.column - 1) + '^'.repeat(Math.max(1, Math.min(place.length, room)))
  const lines = [`${formatPlace(place)}: ${severity}: ${message}`]
  if (place.length > 0) lines.push(`  ${number} | ${shown}`, `  ${gutter} | ${caret}`)
  if (hint !== undefined) lines.push(`  ${hint}`)
  return lines.join('\n')
}
