import { isUtf8 } from 'node:buffer'
import type { ParseFailure } from '../../engine/infra/monitoring/public/index.ts'

/** Returns how many bytes from the start are valid UTF-8. The last character may be incomplete. */
function validLength(bytes: Buffer): number {
  let [valid, invalid] = [0, bytes.length]
  while (valid < invalid) {
    const middle = Math.ceil((valid + invalid) / 2)
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, middle), { stream: true })
      valid = middle
    } catch {
      invalid = middle - 1
    }
  }
  return valid
}

/** Decodes a text exposition. Invalid UTF-8 is refused with its place, never replaced. */
export function decodeText(bytes: Buffer): string | ParseFailure {
  if (isUtf8(bytes)) return bytes.toString()
  const before = bytes.subarray(0, validLength(bytes)).toString().split('\n')
  const line = before.length
  const column = before.at(-1)!.replace(/\uFFFD$/, '').length + 1
  const text = bytes.toString().split('\n')[line - 1] ?? ''
  return { line, column, message: 'the text must be UTF-8', text }
}
