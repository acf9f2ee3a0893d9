import { createHash, timingSafeEqual } from 'node:crypto'

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** Returns the token of `Bearer TOKEN`; the scheme is case-insensitive (RFC 9110). */
const bearerOf = (header: string | undefined): string =>
  /^bearer +(.*)$/i.exec(header ?? '')?.[1] ?? ''

/**
 * Reports whether a header can carry a text as it is. A server reads headers as Latin-1, without
 * the spaces around them.
 */
const isCarried = (token: string): boolean =>
  /^[!-~\u00A1-\u00FF](?:[ -~\u00A0-\u00FF]*[!-~\u00A1-\u00FF])?$/.test(token)

/** Says why no request can carry a token, undefined for one that a request can carry. */
export function tokenProblem(token: unknown): string | undefined {
  if (token instanceof Promise) return 'is a promise; give its text'
  if (typeof token !== 'string') return 'must be a text, or a function that returns it'
  if (token.trim() === '') return 'is empty; leave it out, or give the text of the token'
  if (isCarried(token)) return undefined
  return 'has spaces around it, a line break or another character that no header can carry'
}

/** Why a token function gives no token. */
export interface TokenFailure {
  readonly reason: string
  /** What the function threw. */
  readonly err?: unknown
}

type TokenReading = { readonly token: string } | TokenFailure

/** Asks a token function; what it returns is read like a token file, without outer blanks. */
function readToken(read: () => unknown): TokenReading {
  try {
    const found = read()
    // A promise that rejects later would end the process.
    if (found instanceof Promise) found.catch(() => undefined)
    const token = typeof found === 'string' ? found.trim() : found
    if (token === '') return { reason: 'it returned an empty text' }
    if (token instanceof Promise) return { reason: 'it returned a promise instead of a text' }
    if (typeof token !== 'string') return { reason: `it returned ${typeof token}, not a text` }
    return isCarried(token)
      ? { token }
      : { reason: 'it returned a line break or another character that no header can carry' }
  } catch (err) {
    return { reason: 'it threw an error', err }
  }
}

/**
 * Returns a check of `authorization` headers against a token. It compares digests of equal length
 * in constant time, so neither the token nor its length leaks. Without a token to expect it
 * refuses everything.
 *
 * @param token a function is asked at each check, for a token that may change
 * @param onFailure called when a function begins to give no token, and again for another reason
 */
export function createBearerCheck(
  token: string | (() => string),
  onFailure: (failure: TokenFailure) => void,
): (authorization: string | undefined) => boolean {
  const read = typeof token === 'string' ? () => token : token
  let reported: string | undefined
  return (authorization) => {
    const reading = readToken(read)
    if ('token' in reading) {
      reported = undefined
      return timingSafeEqual(digest(bearerOf(authorization)), digest(reading.token))
    }
    if (reading.reason !== reported) onFailure(reading)
    reported = reading.reason
    return false
  }
}
