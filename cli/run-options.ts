import { isUtf8 } from 'node:buffer'
import { closeSync, openSync, readSync } from 'node:fs'
import { resolve } from 'node:path'
import { CompozyError } from '../engine/core/errors.ts'
import { parseExactJson } from '../engine/core/exact-json.ts'
import type { JsonValue } from '../engine/core/json.ts'
import type { Invocation } from './command.ts'

/** Most bytes that a file of a flag may have; a run's input has at most 2 MB. */
const maximumFile = 10 * 1024 * 1024

/** Reads no more than one byte too many: a pipe or a device may never end. */
function readAtMost(file: string, most: number): Buffer {
  const chunks: Buffer[] = []
  const descriptor = openSync(file, 'r')
  try {
    for (let left = most + 1; left > 0;) {
      const chunk = Buffer.alloc(Math.min(left, 1024 * 1024))
      const bytes = readSync(descriptor, chunk)
      if (bytes === 0) break
      chunks.push(chunk.subarray(0, bytes))
      left -= bytes
    }
  } finally {
    closeSync(descriptor)
  }
  return Buffer.concat(chunks)
}

const reasons: Readonly<Record<string, string>> = {
  EISDIR: 'it is a folder',
  ENOENT: 'it does not exist',
}

/** Reads the file of a flag or variable. Throws `usage_invalid` if it cannot be read. */
function readNamed(flag: string, file: string, cwd: string): string {
  let bytes: Buffer
  try {
    bytes = readAtMost(resolve(cwd, file), maximumFile)
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException
    const reason = reasons[code] ?? code
    throw new CompozyError('usage_invalid', `${flag}: the file cannot be read: ${reason}`, {
      cause: error,
    })
  }
  const refuse = (problem: string): CompozyError =>
    new CompozyError('usage_invalid', `${flag}: the file ${problem}`)
  if (bytes.length > maximumFile) throw refuse('is too large; at most 10 MiB are read')
  // UTF-16 without a byte order mark is valid UTF-8 with zero bytes in it.
  if (!isUtf8(bytes) || bytes.includes(0)) throw refuse('is not UTF-8; save it as UTF-8')
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '')
  if (text.trim() === '') throw refuse('is empty')
  return text
}

/** Reads `--input`: JSON or `@FILE`; the default is `{}`. */
export function readInput({ flags, cwd }: Omit<Invocation, 'env'>): JsonValue {
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
export function readToken({ flags, env, cwd }: Invocation): { token?: string } {
  const flag = flags.values['token-file']
  const file = flag ?? env['COMPOZY_TOKEN_FILE']
  if (!file) return {}
  const name = `${flag === undefined ? 'COMPOZY_TOKEN_FILE' : '--token-file'} ${file}`
  const token = readNamed(name, file, cwd).trim()
  if (/^[\x21-\x7E]+$/.test(token)) return { token }
  throw new CompozyError('usage_invalid', `${name}: it must hold one token without spaces`)
}
