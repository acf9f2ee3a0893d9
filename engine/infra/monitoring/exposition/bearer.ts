import { createHash, timingSafeEqual } from 'node:crypto'

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** Returns the token of `Bearer TOKEN`; the scheme is case-insensitive (RFC 9110). */
const bearerOf = (header: string | undefined): string =>
  /^bearer +(.*)$/i.exec(header ?? '')?.[1] ?? ''

/**
 * Returns a check of `authorization` headers against a token. It compares digests of equal length
 * in constant time, so neither the token nor its length leaks.
 *
 * @param token a function is asked at each check, for a token that may change
 */
export function createBearerCheck(
  token: string | (() => string),
): (authorization: string | undefined) => boolean {
  const read = typeof token === 'string' ? () => token : token
  return (authorization) => timingSafeEqual(digest(bearerOf(authorization)), digest(read()))
}
