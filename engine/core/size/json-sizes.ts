import type { JsonObject, JsonValue } from '../json.ts'
import { maximumJsonDepth } from '../exact-json.ts'

/** Visits before sizes are remembered: small values are faster measured twice. */
const visitsBeforeMemory = 4_096
/** Visits that make a container or a text worth remembering. */
const rememberedVisits = 16
/** Characters of a text that count as one visit. */
const charactersPerVisit = 8

/** The size of a list or an object that was measured. */
interface Size {
  readonly bytes: number
  /** Levels of lists and objects below it. */
  readonly height: number
}

type Container = JsonObject | readonly JsonValue[]

function isContainer(value: JsonValue | undefined): value is Container {
  return typeof value === 'object' && value !== null
}

/**
 * Measures the JSON of values without writing it. A value of a run may share its parts: as text it
 * is then far larger than in memory. Each distinct part is measured once, over all values that one
 * instance measures. No value may change in between.
 */
export class JsonSizes {
  #visits = 0
  #sizes: Map<Container, Size> | undefined
  #texts: Map<string, number> | undefined
  /** The deepest level reached in the container under way. */
  #deepest = 0
  #isTooDeep = false
  #fromBelow: JsonSizes | undefined

  /**
   * Returns the bytes of a value's JSON in UTF-8, at most 2^53 - 1; Infinity where it nests deeper
   * than JSON text may.
   */
  bytes(value: JsonValue): number {
    this.#deepest = 0
    this.#isTooDeep = false
    const bytes = this.#measure(value, 0)
    return this.#isTooDeep ? Infinity : Math.min(bytes, Number.MAX_SAFE_INTEGER)
  }

  /**
   * Returns a value's size in bytes when it exceeds `limit`, else undefined. Cheap for values far
   * below the limit.
   */
  over(value: JsonValue, limit: number): number | undefined {
    if (atMost(value, limit, 0) <= limit) return undefined
    const bytes = this.bytes(value)
    return bytes > limit ? bytes : undefined
  }

  /**
   * Returns a value's size for people, where {@link over} gives one or the value is not shown: that
   * of a value which nests too deep, too.
   */
  shown(value: JsonValue, over = this.bytes(value)): number {
    return over === Infinity && isContainer(value) ? this.#measureFromBelow(value) : over
  }

  #measure(value: JsonValue | undefined, depth: number): number {
    if (typeof value === 'string') return this.#measureText(value)
    if (isContainer(value)) return this.#measureContainer(value, depth)
    // JSON has no NaN; null stands for it, and for an absent item of a list.
    return typeof value === 'number' && !Number.isFinite(value) ? 4 : `${value ?? null}`.length
  }

  #measureText(text: string): number {
    const visits = text.length / charactersPerVisit
    const isRemembered = visits > rememberedVisits && this.#visits > visitsBeforeMemory
    this.#visits += visits
    if (!isRemembered) return textBytes(text)
    this.#texts ??= new Map()
    const known = this.#texts.get(text)
    if (known !== undefined) return known
    const bytes = textBytes(text)
    this.#texts.set(text, bytes)
    return bytes
  }

  #measureContainer(value: Container, depth: number): number {
    const known = this.#sizes?.get(value)
    const deepest = known === undefined ? depth : depth + known.height
    if (deepest > maximumJsonDepth) this.#isTooDeep = true
    if (deepest > this.#deepest) this.#deepest = deepest
    if (known !== undefined) return known.bytes
    if (this.#isTooDeep) return 0
    const [outer, visitsBefore] = [this.#deepest, this.#visits]
    this.#deepest = depth
    const bytes = this.#measureEntries(value, depth + 1)
    const isLarge = this.#visits - visitsBefore > rememberedVisits
    if (isLarge && this.#visits > visitsBeforeMemory && !this.#isTooDeep)
      this.#remember(value, { bytes, height: this.#deepest - depth })
    if (outer > this.#deepest) this.#deepest = outer
    return bytes
  }

  #measureEntries(value: Container, depth: number): number {
    let bytes = 1
    let entries = 0
    if (Array.isArray(value)) {
      for (const item of value as readonly JsonValue[]) {
        bytes += 1 + this.#measure(item, depth)
        entries++
        if (this.#isTooDeep) break
      }
    } else {
      const object = value as { readonly [key: string]: JsonValue | undefined }
      for (const key in object) {
        const entry = object[key]
        if (entry === undefined) continue
        bytes += 2 + this.#measureText(key) + this.#measure(entry, depth)
        entries++
        if (this.#isTooDeep) break
      }
    }
    this.#visits += entries
    return entries === 0 ? 2 : bytes
  }

  #remember(value: Container, size: Size): void {
    this.#sizes ??= new Map()
    this.#sizes.set(value, size)
  }

  /** Measures the innermost containers first: recursion would overflow the stack. */
  #measureFromBelow(value: Container): number {
    const inner = (this.#fromBelow ??= new JsonSizes())
    const open = [value]
    for (let last = open.at(-1); last !== undefined; last = open.at(-1)) {
      const openBefore = open.length
      if (inner.#sizes?.has(last) !== true)
        for (const entry of Object.values(last))
          if (isContainer(entry) && inner.#sizes?.has(entry) !== true) open.push(entry)
      if (open.length > openBefore) continue
      open.pop()
      if (inner.#sizes?.has(last) === true) continue
      // No height: a depth that no text may have is what this is for.
      inner.#remember(last, { bytes: inner.#measureEntries(last, 0), height: 0 })
    }
    return inner.bytes(value)
  }
}

/** An upper bound of the JSON's size; stops once past `enough`. */
function atMost(value: JsonValue | undefined, enough: number, depth: number): number {
  if (typeof value === 'string') return 2 + 6 * value.length
  if (!isContainer(value)) return 25
  if (depth > maximumJsonDepth) return Infinity
  let bytes = 2
  if (Array.isArray(value)) {
    for (const item of value as readonly JsonValue[]) {
      bytes += 1 + atMost(item, enough, depth + 1)
      if (bytes > enough) return bytes
    }
    return bytes
  }
  const object = value as JsonObject
  for (const key in object) {
    bytes += 4 + 6 * key.length + atMost(object[key], enough, depth + 1)
    if (bytes > enough) return bytes
  }
  return bytes
}

const quote = 0x22
const backslash = 0x5c
/** `\b`, `\t`, `\n`, `\f` and `\r`. */
const shortEscapes: ReadonlySet<number> = new Set([8, 9, 10, 12, 13])

/** Bytes of a text's JSON in UTF-8. */
function textBytes(text: string): number {
  let bytes = text.length + 2
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit >= 0x20 && unit < 0x80) {
      if (unit === quote || unit === backslash) bytes++
    } else if (unit < 0x20) bytes += shortEscapes.has(unit) ? 1 : 5
    else if (unit < 0x8_00) bytes++
    else if (unit < 0xd8_00 || unit > 0xdf_ff) bytes += 2
    else if (isPair(text, at)) {
      bytes += 2
      at++
    } else bytes += 5 // half a pair is escaped
  }
  return bytes
}

function isPair(text: string, at: number): boolean {
  const next = text.charCodeAt(at + 1)
  return text.charCodeAt(at) < 0xdc_00 && next >= 0xdc_00 && next <= 0xdf_ff
}
