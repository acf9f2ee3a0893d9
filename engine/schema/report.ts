import { defined } from '../core/defined.ts'
import type { Diagnostic, Path, Source } from '../core/source.ts'

/** Where a message points inside the value at a path, and a hint. */
export interface At {
  readonly hint?: string
  /** Point at the key instead of the value. */
  readonly key?: boolean
  /** Point inside a string. */
  readonly offset?: number
  readonly length?: number
}

/** Collects what is wrong in one file, so that a project shows all its errors at once. */
export interface Report {
  readonly source: Source
  readonly diagnostics: readonly Diagnostic[]
  /** Whether the report drops further errors, so that checks may stop. */
  readonly isFull: boolean
  error(path: Path, message: string, at?: At): void
  warning(path: Path, message: string, at?: At): void
}

/** Errors of one file that are kept, and as many warnings. */
const maximumKept = 100

/** Creates an empty report about one file. */
export function createReport(source: Source): Report {
  const diagnostics: Diagnostic[] = []
  const counts = { error: 0, warning: 0 }

  const add = (
    severity: Diagnostic['severity'],
    path: Path,
    message: string,
    at: At = {},
  ): void => {
    const count = ++counts[severity]
    if (count > maximumKept + 1) return
    const { hint, ...inside } = at
    const place = source.locate(path, inside)
    const excerpt = source.lineAt(place)
    if (count > maximumKept) {
      const rest = `more than ${maximumKept} ${severity}s in this file; the rest is not listed`
      diagnostics.push({ severity, place, message: rest, excerpt })
      return
    }
    // A key may hold line breaks or worse; a message is one line.
    const line = message.replaceAll(/\p{Cc}+/gu, ' ')
    diagnostics.push({ severity, place, message: line, ...defined({ hint }), excerpt })
  }
  return {
    source,
    diagnostics,
    get isFull() {
      return counts.error > maximumKept
    },
    error: (path, message, at) => add('error', path, message, at),
    warning: (path, message, at) => add('warning', path, message, at),
  }
}

/** The value at a path, if it leads anywhere. */
export function valueAt(source: Source, path: Path): unknown {
  let value: unknown = source.value
  for (const step of path)
    value =
      typeof value === 'object' && value !== null
        ? (value as Record<string, unknown>)[step]
        : undefined
  return value
}

/** A value as a message quotes it: short, on one line. */
export function quoted(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}

/** Names the type of a value in YAML's words, for "… must be X, not Y". */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a mapping'
  return typeof value === 'string'
    ? `the text ${quoted(value)}`
    : `the ${typeof value} ${quoted(value)}`
}
