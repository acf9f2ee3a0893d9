import type { JsonValue } from './json.ts'

/**
 * A place in a file, counted from 1. `length` is the number of underlined characters; 0 for none.
 */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly length: number
}

/** Keys and indexes that lead from a document's root to a value in it. */
export type Path = readonly (string | number)[]

/**
 * A parsed document in which every value has a place in the text. `project/` makes one from a YAML
 * file; compiler and config report their findings against it.
 */
export interface Source {
  /** File name as the user sees it, relative to the working directory. */
  readonly file: string
  /** The document as plain data. */
  readonly value: JsonValue
  /**
   * Returns the place of the value at `path`, or of its key with `key: true`. For a path that does
   * not exist it returns the nearest enclosing value. `offset` and `length` point inside a string
   * value.
   */
  locate(
    path: Path,
    at?: { readonly key?: boolean; readonly offset?: number; readonly length?: number },
  ): Place
  /** Returns the line of text at a place, without its line break. */
  lineAt(place: Place): string
}

/** One error or warning about a file of the project. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning'
  readonly place: Place
  /** What is wrong, without the place. */
  readonly message: string
  /** What is allowed or what to do instead. */
  readonly hint?: string
  /** The line of text above the caret. */
  readonly excerpt: string
}

/** A place with its line of text. */
export type PlacedText = Pick<Diagnostic, 'place' | 'excerpt'>

/** Returns the place of a value and its line. */
export function placedText(source: Source, path: Path): PlacedText {
  const place = source.locate(path)
  return { place, excerpt: source.lineAt(place) }
}

/** Formats a place as `file:line:column`. */
export function formatPlace(place: Place): string {
  return `${place.file}:${place.line}:${place.column}`
}

/**
 * Formats a diagnostic for the user:
 *
 *     orders.yaml:12:15: error: unknown task "shpi" in next; did you mean "ship"?
 *       12 |       next: shpi
 *          |             ^^^^
 *       allowed: price, stock, ship
 *
 * A place of length 0, such as a missing file, has no line and no caret.
 */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { place, severity, message, hint, excerpt } = diagnostic
  const number = String(place.line)
  const gutter = ' '.repeat(number.length)
  const { shown, column } = windowOf(excerpt, place.column)
  const room = Math.max(1, shown.length - column + 1)
  const caret = ' '.repeat(column - 1) + '^'.repeat(Math.max(1, Math.min(place.length, room)))
  const lines = [`${formatPlace(place)}: ${severity}: ${message}`]
  if (place.length > 0) lines.push(`  ${number} | ${shown}`, `  ${gutter} | ${caret}`)
  if (hint !== undefined) lines.push(`  ${hint}`)
  return lines.join('\n')
}

/** Characters of a long line that are shown, and how many of them before the place. */
const shownCharacters = 200
const shownBefore = 80

/** Returns the part of a long line around a column: a line of 2 MB must not be printed whole. */
function windowOf(line: string, column: number): { shown: string; column: number } {
  const clean = (text: string): string => text.toWellFormed().replaceAll('\t', ' ')
  if (line.length <= shownCharacters) return { shown: clean(line), column }
  const start = Math.max(0, Math.min(column - 1, line.length) - shownBefore)
  const head = start > 0 ? '…' : ''
  const tail = start + shownCharacters < line.length ? '…' : ''
  const part = clean(line.slice(start, start + shownCharacters))
  return { shown: `${head}${part}${tail}`, column: column - start + head.length }
}
