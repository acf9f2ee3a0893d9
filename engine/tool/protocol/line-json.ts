import type { JsonRefusal } from '../../core/json-inspection.ts'
import { jsonPointer } from '../../core/json-pointer.ts'
import type { JsonValue } from '../../core/json.ts'

/**
 * Returns the index of the quote that ends the string which begins at `start`, or the text's end.
 */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let before = end - 1
    while (text[before] === '\\') before--
    if ((end - before) % 2 === 1) return end
  }
  return text.length
}

/**
 * Reports whether JSON nests deeper than a limit. JSON.parse takes seconds for a million levels.
 */
function isTooDeep(text: string, maximumDepth: number): boolean {
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const sign = text.charCodeAt(at)
    if (sign === 0x22) at = endOfString(text, at)
    else if (sign === 0x5b || sign === 0x7b) depth++
    else if (sign === 0x5d || sign === 0x7d) depth--
    if (depth > maximumDepth) return true
  }
  return false
}

/**
 * Returns the first value that other code must not meet: an overflown number, a prototype as a key.
 */
function findRefusal(
  value: JsonValue,
  path: readonly (string | number)[],
): JsonRefusal | undefined {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    return { pointer: jsonPointer(path), message: 'is a number that overflows; send it as text' }
  }
  if (typeof value !== 'object' || value === null) return undefined
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const element = value[index] as JsonValue
      if (typeof element === 'string') continue
      const refusal = findRefusal(element, [...path, index])
      if (refusal !== undefined) return refusal
    }
    return undefined
  }
  for (const [key, entry] of Object.entries(value)) {
    if (key === '__proto__') {
      const message = 'the key "__proto__" would change the prototype of objects; use another name'
      return { pointer: jsonPointer(path), message }
    }
    if (typeof entry === 'string') continue
    const refusal = findRefusal(entry, [...path, key])
    if (refusal !== undefined) return refusal
  }
  return undefined
}

/** Why a line of a tool's process is refused; without a place it is not JSON. */
export type LineRefusal = JsonRefusal | 'too deep' | 'invalid'

/**
 * Parses one line of a tool's process, in a tenth of the time that `parseExactJson` takes: the tool
 * sandbox wrote the line, and only a hostile tool writes one whose numbers a double would alter.
 */
export function parseLineJson(
  text: string,
  maximumDepth: number,
): { readonly value: JsonValue } | { readonly refusal: LineRefusal } {
  if (isTooDeep(text, maximumDepth)) return { refusal: 'too deep' }
  let value: JsonValue
  try {
    value = JSON.parse(text) as JsonValue
  } catch {
    return { refusal: 'invalid' }
  }
  const refusal = findRefusal(value, [])
  return refusal === undefined ? { value } : { refusal }
}
