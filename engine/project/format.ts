import { defined } from '../core/defined.ts'
import { formatDiagnostic, type Diagnostic } from '../core/source.ts'

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** By file and place. */
function sortDiagnostics(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return [...diagnostics].sort(
    (a, b) =>
      a.place.file.localeCompare(b.place.file) ||
      a.place.line - b.place.line ||
      a.place.column - b.place.column,
  )
}

/** `3 errors, 1 warning in 2 files`. */
function summarizeDiagnostics(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length
  const warnings = diagnostics.length - errors
  const files = new Set(diagnostics.map(({ place }) => place.file)).size
  const parts = [
    ...(errors > 0 ? [counted(errors, 'error')] : []),
    ...(warnings > 0 ? [counted(warnings, 'warning')] : []),
  ]
  return `${parts.join(', ') || 'nothing wrong'} in ${counted(files, 'file')}`
}

/** All diagnostics for people, each with its line and caret, and a summary as the last line. */
export function formatDiagnostics(diagnostics: readonly Diagnostic[]): string {
  return [
    ...sortDiagnostics(diagnostics).map(formatDiagnostic),
    summarizeDiagnostics(diagnostics),
  ].join('\n')
}

/** One diagnostic for programs: `compozy validate --json` prints one a line. */
export interface DiagnosticJson {
  readonly severity: 'error' | 'warning'
  readonly file: string
  readonly line: number
  readonly column: number
  readonly length: number
  readonly message: string
  readonly hint?: string
}

/** A diagnostic as plain data. */
export function diagnosticJson({ severity, place, message, hint }: Diagnostic): DiagnosticJson {
  return defined({ severity, ...place, message, hint })
}
