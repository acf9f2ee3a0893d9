import { join } from 'node:path'
import type { Diagnostic } from '../core/source.ts'
import { decodeText, readBounded, whyUnreadable } from './files/bounded-file.ts'

/** The text of a project's `.env`, and what is wrong with the file. */
export interface DotEnv {
  readonly text?: string
  readonly diagnostics: readonly Diagnostic[]
}

const file = '.env'

function diagnose(severity: Diagnostic['severity'], message: string, hint: string): DotEnv {
  const place = { file, line: 1, column: 1, length: 0 }
  return { diagnostics: [{ severity, place, message, hint, excerpt: '' }] }
}

/** Reads the `.env` of a project; a file that can't be read is a warning, for it may be unused. */
export function readDotEnv(dir: string): DotEnv {
  const path = join(dir, file)
  const bytes = readBounded(path)
  if (bytes === undefined) {
    const why = whyUnreadable(path)
    if (why === undefined) return { diagnostics: [] }
    return diagnose('warning', `.env is not read: ${why}`, 'a regular file of at most 10 MiB')
  }
  const { text, badByte } = decodeText(bytes)
  // Its text is not shown: it may be secret.
  if (badByte !== undefined)
    return diagnose('error', '.env is not valid UTF-8', 'save the file as UTF-8')
  // Node's parser would take a byte order mark for a part of the first name.
  return { text: text.replace(/^\uFEFF/, ''), diagnostics: [] }
}
