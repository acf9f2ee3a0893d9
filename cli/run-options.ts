import { isUtf8 } from 'node:buffer'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { CompozyError } from '../engine/core/errors.ts'
import { parseExactJson } from '../engine/core/exact-json.ts'
import type { JsonValue } from '../engine/core/json.ts'
import type { CommandContext } from './command.ts'

type Given = Pick<CommandContext, 'flags' | 'env' | 'cwd'>

/** Reads the file of a flag or variable. Throws `usage_invalid` if it cannot be read. */
function readNamed(flag: string, file: string, cwd: string): string {
  let bytes: Buffer
  try {
    bytes = readFileSync(resolve(cwd, file))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const reason = code === 'ENOENT' ? 'it does not exist' : (code ?? String(error))
    throw new CompozyError('usage_invalid', `${flag}: the file cannot be read: ${reason}`, {
      cause: error,
    })
  }
  if (isUtf8(bytes)) return bytes.toString('utf8')
  throw new CompozyError('usage_invalid', `${flag}: the file is not UTF-8; save it as UTF-8`)
}

/** Reads `--input`: JSON or `@FILE`; the default is `{}`. */
export function readInput({ flags, cwd }: Omit<Given, 'env'>): JsonValue {
  const given = flags.values['input'] ?? '{}'
  const text = given.startsWith('@') ? readNamed(`--input ${given}`, given.slice(1), cwd) : given
  const parsed = parseExactJson(text)
  if ('value' in parsed) return parsed.value
  const { pointer, message } = parsed.refusal
  if (pointer !== '') throw new CompozyError('usage_invalid', `--input at ${pointer}: ${message}`)
  const shown = text.length > 200 ? `${text.slice(0, 199)}…` : text
  const problem = message.replace('is not valid JSON', 'is not JSON')
  throw new CompozyError('usage_invalid', `--input ${problem}\ngot: ${shown}`)
}

/** Reads the API token from `--token-file`, or from the file that COMPOZY_TOKEN_FILE names. */
export function readToken({ flags, env, cwd }: Given): { token?: string } {
  const flag = flags.values['token-file']
  const file = flag ?? env['COMPOZY_TOKEN_FILE']
  if (!file) return {}
  const name = `${flag === undefined ? 'COMPOZY_TOKEN_FILE' : '--token-file'} ${file}`
  const token = readNamed(name, file, cwd).trim()
  if (/^[\x21-\x7E]+$/.test(token)) return { token }
  throw new CompozyError('usage_invalid', `${name}: it must hold one token without spaces`)
}
