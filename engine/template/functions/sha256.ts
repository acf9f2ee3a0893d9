import { sha256 } from '@noble/hashes/sha2.js'

/**
 * Returns the SHA-256 of bytes in hexadecimal digits. The workflow sandbox has no `node:crypto`.
 */
export function sha256Hex(bytes: Uint8Array): string {
  // The encoder may belong to another realm than the library, which checks for its own Uint8Array.
  const digest = sha256(Uint8Array.from(bytes))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
