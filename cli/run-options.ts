import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { CompozyError } from '../engine/core/errors.ts'
import type { JsonValue } from '../engine/core/json.ts'
import type { CommandContext } from './command.ts'

type Given = Pick<CommandContext, 'flags' | 'cwd'>

/** Reads a file that a flag names; CompozyError `usage_invalid` that says why it can't be read. */
function readNamed(flag: string, file: string, cwd: string): string {
  try {
    return readFileSync(resolve(cwd, file), 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const reason = code === 'ENOENT' ? 'there is no such file' : (code ?? String(error))
    throw new CompozyError('usage_invalid', `${flag}: the file can't be read: ${reason}`, {
      cause: error,
    })
  }
}

/** `--input`: JSON, or `@FILE`; `{}` without it. */
export function readInput({ flags, cwd }: Given): JsonValue {
  const given = flags.values['input'] ?? '{}'
  const text = given.startsWith('@') ? readNamed(`--input ${given}`, given.slice(1), cwd) : given
  try {
    return JSON.parse(text) as JsonValue
  } catch (error) {
    const shown = text.length > 200 ? `${text.slice(0, 199)}…` : text
    const message = `--input is not JSON: ${(error as Error).message}\ngiven: ${shown}`
    throw new CompozyError('usage_invalid', message, { cause: error })
  }
}

/** `--server`, checked; `undefined` without it. */
export function readServer({ flags }: Given): string | undefined {
  const { server } = flags.values
  if (server === undefined || (URL.canParse(server) && /^https?:\/\//.test(server))) return server
  const message = `--server "${server}"; it must be a URL such as http://127.0.0.1:8080`
  throw new CompozyError('usage_invalid', message)
}

/** The API token of `--token-file`. */
export function readToken({ flags, cwd }: Given): { token?: string } {
  const file = flags.values['token-file']
  if (file === undefined) return {}
  const token = readNamed(`--token-file ${file}`, file, cwd).trim()
  if (/^[\x21-\x7E]+$/.test(token)) return { token }
  throw new CompozyError(
    'usage_invalid',
    `--token-file ${file}: it must hold one token, without blanks`,
  )
}
