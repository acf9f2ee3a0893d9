import { createHash, timingSafeEqual } from 'node:crypto'
import { CompozyError } from '../../../core/errors.ts'

/** What a token may do; each scope includes those before it. */
export const scopes = ['read', 'run', 'admin'] as const

/** One of {@link scopes}. */
export type TokenScope = (typeof scopes)[number]

/** A named token of the API; the secret itself is not kept. */
export interface ApiToken {
  readonly name: string
  readonly scope: TokenScope
  readonly digest: Buffer
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
/** A token of which the file holds only the SHA-256, in hex. */
const hashed = /^sha256:([\da-f]{64})$/i
/** What a header can carry, and its reader takes for Latin-1. */
const carried = /^[\t -~\u0080-\u00FF]*$/
const named = /^([\w.-]{1,64}):(\w+):(\S+)$/
const hint = `write one token alone, or lines "name:scope:token" with scope ${scopes.join(', ')}`

function digestIn(secret: string, name: string): Buffer {
  const [, hex] = hashed.exec(secret) ?? []
  if (!carried.test(secret))
    throw new CompozyError(
      'config_invalid',
      `the token "${name}" of the API token file has a character that no header can carry`,
    )
  const found = hex === undefined ? digest(secret) : Buffer.from(hex, 'hex')
  // A request without a token would match.
  if (found.equals(digest('')))
    throw new CompozyError(
      'config_invalid',
      'the API token file has the SHA-256 of an empty text; hash the text of the token',
    )
  return found
}

function parseLine(line: string): ApiToken {
  const [, name = '', scope = '', secret = ''] = named.exec(line) ?? []
  const known = scopes.find((one) => one === scope)
  // The line is a secret, so the message must not quote it.
  if (known === undefined)
    throw new CompozyError('config_invalid', `a line of the API token file is invalid; ${hint}`)
  return { name, scope: known, digest: digestIn(secret, name) }
}

/**
 * Parses the text of an API token file: a single token, which is called `default` and may do
 * everything, or one `name:scope:token` a line; `#` begins a comment line. Instead of a token, the
 * file may hold `sha256:` and its SHA-256 in hex. Throws CompozyError
 * `config_invalid`, without a word of the secret.
 */
export function parseApiTokens(text: string): readonly ApiToken[] {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
  const [first = ''] = lines
  if (lines.length === 1 && (hashed.test(first) || !named.test(first)))
    return [{ name: 'default', scope: 'admin', digest: digestIn(first, 'default') }]
  const tokens = lines.map(parseLine)
  const names = new Set(tokens.map(({ name }) => name))
  if (tokens.length > 0 && names.size === tokens.length) return tokens
  throw new CompozyError(
    'config_invalid',
    `the API token file has no token or a name twice; ${hint}`,
  )
}

/**
 * Reports whether `$(cat FILE)` of a file with this text is a token: one that stands there alone,
 * as itself.
 */
export function isBareToken(text: string): boolean {
  const line = text.replace(/\n+$/, '')
  const isOneLine = line !== '' && line === line.trim() && !/[\r\n]/.test(line)
  return isOneLine && !line.startsWith('#') && !hashed.test(line) && !named.test(line)
}

/** Reports whether a token's scope includes another one. */
export function includesScope(token: ApiToken, scope: TokenScope): boolean {
  return scopes.indexOf(token.scope) >= scopes.indexOf(scope)
}

/**
 * Finds the token of an `authorization` header. Compares digests in constant time and looks at
 * every token, so that the time says neither how much of a token is right nor which one it is.
 */
export function findToken(
  tokens: readonly ApiToken[],
  authorization: string | undefined,
): ApiToken | undefined {
  const sent = digest(/^bearer +(.*)$/i.exec(authorization ?? '')?.[1] ?? '')
  let found: ApiToken | undefined
  for (const token of tokens) if (timingSafeEqual(token.digest, sent)) found = token
  return found
}
