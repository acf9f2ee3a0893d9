import type { JsonValue } from '../json.ts'

/**
 * Returns the first characters of a value's JSON, without writing the rest: a value that shares its
 * parts may be far larger as text than in memory.
 */
export function jsonStart(value: JsonValue, length: number): string {
  let text = ''
  const write = (part: JsonValue): void => {
    if (Array.isArray(part)) writeList(part as readonly JsonValue[])
    else if (typeof part === 'object' && part !== null) writeObject(Object.entries(part))
    // One character more than is shown: a pair that the cut halves would be escaped.
    else text += JSON.stringify(typeof part === 'string' ? part.slice(0, length + 1) : part)
  }
  const writeList = (items: readonly (JsonValue | undefined)[]): void => {
    text += '['
    for (const [index, item] of items.entries()) {
      if (text.length >= length) return
      if (index > 0) text += ','
      write(item ?? null)
    }
    text += ']'
  }
  const writeObject = (entries: readonly [string, JsonValue | undefined][]): void => {
    text += '{'
    let separator = ''
    for (const [key, entry] of entries) {
      if (text.length >= length) return
      if (entry === undefined) continue
      text += separator
      separator = ','
      write(key)
      text += ':'
      write(entry)
    }
    text += '}'
  }
  write(value)
  return text.slice(0, length).toWellFormed()
}
