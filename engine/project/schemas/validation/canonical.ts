import type { JsonObject, JsonValue } from '../../../core/json.ts'

/** Gives equal JSON values equal keys, whatever the order of an object's properties. */
export interface Canonical {
  /** Returns the key of a value; linear in its size, constant when it was asked for before. */
  keyOf(value: JsonValue): string
}

/** Content up to this length stands for itself. */
const shortContent = 64

/**
 * Creates canonical keys for one validation. Every large list and object becomes a number that
 * stands for its content, so a value inside many others is read once.
 */
export function createCanonical(): Canonical {
  const numbers = new Map<string, number>()
  const known = new Map<object, string>()

  const listContent = (list: readonly JsonValue[]): string => {
    let content = '['
    for (const item of list) content += `${keyOf(item)},`
    return content
  }
  const objectContent = (object: JsonObject): string => {
    let content = '{'
    for (const name of Object.keys(object).sort())
      content += `${JSON.stringify(name)}:${keyOf(object[name]!)},`
    return content
  }
  const keyOf = (value: JsonValue): string => {
    if (typeof value === 'string') return JSON.stringify(value)
    if (typeof value !== 'object' || value === null) return String(value)
    const before = known.get(value)
    if (before !== undefined) return before
    const content = Array.isArray(value) ? listContent(value) : objectContent(value as JsonObject)
    // A short text is its own key: looking up a number would cost more.
    if (content.length <= shortContent) return content
    const number = numbers.get(content) ?? numbers.size
    numbers.set(content, number)
    const key = `#${number}`
    known.set(value, key)
    return key
  }
  return { keyOf }
}
