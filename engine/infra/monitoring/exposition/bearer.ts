import { createHash, timingSafeEqual } from 'node:crypto'

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** Returns the token of `Bearer TOKEN`; the scheme is case-insensitive (RFC 9110). */
const bearerOf = (header: string | undefined): string =>
  /^bearer +(.*)$/i.exec(header ?? '')?.[1] ?? ''

/**
 * Returns a check of `authorization` headers against a token. It compares digests of equal length in
 * constant time, so neither the token nor its length leaks.
 */
export function createBearerCheck(token: string): (authorization: string | undefined) => boolean {
  const expected = digest(token)
  return (authorization) => timingSafeEqual(digest(bearerOf(authorization)), expected)
}
