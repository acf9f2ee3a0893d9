import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { CompozyError } from '../engine/core/errors.ts'
import type { JsonValue } from '../engine/core/json.ts'
import type { CommandContext } from './command.ts'

type Given = Pick<CommandContext, 'flags' | 'cwd'>

/** Reads a file that a flag names. Throws CompozyError `usage_invalid` if it cannot be read. */
function readNamed(flag: string, file: string, cwd: string): string {
  try {
    return readFileSync(resolve(cwd, file), 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const reason = code === 'ENOENT' ? 'it does not exist' : (code ?? String(error))
    throw new CompozyError('usage_invalid', `${flag}: the file cannot be read: ${reason}`, {
      cause: error,
    })
  }
}

/** Reads `--input`: JSON or `@FILE`; the default is `{}`. */
export function readInput({ flags, cwd }: Given): JsonValue {
  const given = flags.values['input'] ?? '{}'
  const text = given.startsWith('@') ? readNamed(`--input ${given}`, given.slice(1), cwd) : given
  try {
    return JSON.parse(text) as JsonValue
  } catch (error) {
    const shown = text.length > 200 ? `${text.slice(0, 199)}…` : text
    const message = `--input is not JSON: ${(error as Error).message}\ngot: ${shown}`
    throw new CompozyError('usage_invalid', message, { cause: error })
  }
}

/** Reads and checks `--server`. */
export function readServer({ flags }: Given): string | undefined {
  const { server } = flags.values
  if (server === undefined || (URL.canParse(server) && /^https?:\/\//.test(server))) return server
  const message = `--server "${server}"; it must be a URL such as http://127.0.0.1:8080`
  throw new CompozyError('usage_invalid', message)
}

/** Reads the API token from `--token-file`. */
export function readToken({ flags, cwd }: Given): { token?: string } {
  const file = flags.values['token-file']
  if (file === undefined) return {}
  const token = readNamed(`--token-file ${file}`, file, cwd).trim()
  if (/^[\x21-\x7E]+$/.test(token)) return { token }
  throw new CompozyError(
    'usage_invalid',
    `--token-file ${file}: it must hold one token without spaces`,
  )
}
