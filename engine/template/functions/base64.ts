import { decodeUtf8 } from './utf8.ts'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const canonical = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** Returns base64 (RFC 4648) with padding. The workflow sandbox has no `btoa`. */
export function encodeBase64(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 3) {
    const triple = (bytes[at]! << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0)
    const left = bytes.length - at
    text += alphabet[triple >> 18]! + alphabet[(triple >> 12) & 63]!
    text += left > 1 ? alphabet[(triple >> 6) & 63]! : '='
    text += left > 2 ? alphabet[triple & 63]! : '='
  }
  return text
}

/**
 * Returns the text that base64 encodes; `undefined` when it is not base64 or its bytes are not
 * UTF-8. Line breaks are skipped.
 */
export function decodeBase64(text: string): string | undefined {
  const joined = text.replaceAll(/[\r\n]/g, '')
  if (!canonical.test(joined)) return undefined
  const digits = joined.replace(/=+$/, '')
  const bytes = new Uint8Array(Math.floor((digits.length * 3) / 4))
  let bits = 0
  let held = 0
  let next = 0
  for (const digit of digits) {
    bits = ((bits << 6) | alphabet.indexOf(digit)) & 0xffff
    held += 6
    if (held >= 8) {
      held -= 8
      bytes[next++] = (bits >> held) & 255
    }
  }
  return decodeUtf8(bytes)
}
