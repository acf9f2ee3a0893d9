import type { JsonObject, JsonValue } from '../../../core/json.ts'
import { work, type Meter } from './meter.ts'

/** Gives equal JSON values equal keys, whatever the order of an object's properties. */
export interface Canonical {
  /** Returns the key of a value; linear in its size, constant when it was asked for before. */
  keyOf(value: JsonValue): string
  /** Returns the keys of a list's items; the list is read once. */
  keysOf(list: readonly JsonValue[]): ReadonlySet<string>
}

/** Content up to this length stands for itself. */
const shortContent = 64

/** Returns the names of an object in ascending order. */
function sortedNames(object: JsonObject): readonly string[] {
  const names = Object.keys(object)
  for (let i = 1; i < names.length; i++) if (names[i - 1]! > names[i]!) return names.sort()
  return names
}

/** A text with its length before it can't be taken for another one, and needs no escapes. */
const textKey = (text: string): string => `"${text.length}:${text}`

/**
 * Creates canonical keys for one validation. Every large list and object becomes a number that
 * stands for its content, so a value inside many others is read once.
 */
export function createCanonical(meter: Meter): Canonical {
  const numbers = new Map<string, number>()
  const known = new Map<object, string>()
  const sets = new Map<readonly JsonValue[], ReadonlySet<string>>()

  const listContent = (list: readonly JsonValue[]): string => {
    let content = '['
    for (const item of list) content += `${keyOf(item)},`
    return content
  }
  const objectContent = (object: JsonObject): string => {
    const names = sortedNames(object)
    meter.spend(names.length * work.compared)
    let content = '{'
    for (const name of names) content += `${textKey(name)}${keyOf(object[name]!)},`
    return content
  }
  const keyOf = (value: JsonValue): string => {
    meter.spend(work.compared)
    if (typeof value === 'string') return textKey(value)
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
  return {
    keyOf,
    keysOf(list) {
      const set = sets.get(list) ?? new Set(list.map(keyOf))
      sets.set(list, set)
      return set
    },
  }
}
