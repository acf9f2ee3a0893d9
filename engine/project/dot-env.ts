import { join } from 'node:path'
import type { Diagnostic } from '../core/source.ts'
import { decodeText, readBounded, whyUnreadable } from './files/bounded-file.ts'
import { parseEnvFile } from './parse-env.ts'

/** The variables of a project's `.env`, and what is wrong with the file. */
export interface DotEnv {
  readonly variables: Readonly<Record<string, string>>
  readonly diagnostics: readonly Diagnostic[]
}

const file = '.env'

/** The text of the place is not shown: it may be secret. */
function diagnose(
  severity: Diagnostic['severity'],
  message: string,
  hint: string,
  { line, column } = { line: 1, column: 1 },
): Diagnostic {
  return { severity, place: { file, line, column, length: 0 }, message, hint, excerpt: '' }
}

/** Reads the `.env` of a project; a file that can't be read is a warning, for it may be unused. */
export function readDotEnv(dir: string): DotEnv {
  const path = join(dir, file)
  const bytes = readBounded(path)
  if (bytes === undefined) {
    const why = whyUnreadable(path)
    if (why === undefined) return { variables: {}, diagnostics: [] }
    const hint = 'a regular file of at most 10 MiB'
    return { variables: {}, diagnostics: [diagnose('warning', `.env is not read: ${why}`, hint)] }
  }
  const { text, badByte } = decodeText(bytes)
  // A byte order mark would be a part of the first name.
  const { variables, problems } = parseEnvFile(text.replace(/^\uFEFF/, ''))
  if (badByte !== undefined) {
    const message = '.env is not valid UTF-8'
    return { variables, diagnostics: [diagnose('error', message, 'save the file as UTF-8')] }
  }
  const diagnostics = problems.map(({ message, hint, ...at }) =>
    diagnose('error', message, hint, at),
  )
  return { variables, diagnostics }
}
