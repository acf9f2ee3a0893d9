import { createHash, timingSafeEqual } from 'node:crypto'

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** The token of a header `Bearer TOKEN`; the scheme's case does not matter (RFC 9110). */
const bearerOf = (header: string | undefined): string =>
  /^bearer +(.*)$/i.exec(header ?? '')?.[1] ?? ''

/**
 * Whether an `authorization` header carries this token. Digests are of one length, so the comparison takes the same
 * time whatever was sent and tells nothing about the token's length either.
 */
export function createBearerCheck(token: string): (authorization: string | undefined) => boolean {
  const expected = digest(token)
  return (authorization) => timingSafeEqual(digest(bearerOf(authorization)), expected)
}
