import { explainInexactNumber } from './exact-number.ts'
import { jsonPointer } from './json-pointer.ts'
import { quoteShort } from './quote.ts'

/** Why a JSON text is refused, and where. */
export interface JsonRefusal {
  /**
   * JSON pointer (RFC 6901) to the value or key; for text that nests too deep, to its outer levels.
   */
  readonly pointer: string
  /** What is wrong and what to do, without the place. */
  readonly message: string
}

/** What a JSON text may hold. */
export interface JsonBounds {
  /** Levels of nesting. */
  readonly depth: number
  /** Values, containers included; default: any number. */
  readonly values?: number
  /** Different names of properties; default: any number. */
  readonly names?: number
  /** Keeps `__proto__` and `constructor.prototype` as plain keys instead of refusing them. */
  readonly allowPrototypeKeys?: boolean
}

/** One open object or list of the text. Levels are used again: an object costs no allocation. */
interface Level {
  isObject: boolean
  /** Key or index of the value under way. */
  step: string | number
  /** The first keys of an object, and how many there are. */
  readonly firstKeys: string[]
  keyCount: number
  /** All keys of an object that has many. */
  allKeys: Set<string> | undefined
}

/** A pointer to a value that nests too deep shows this many of its outer levels. */
const shownLevels = 8
/** Up to this many keys, comparing them one by one is faster than a set. */
const comparedKeys = 8
/** A number of this many digits or fewer, without an exponent, is always exact. */
const exactDigits = 15

const quote = 34
const plus = 43
const comma = 44
const minus = 45
const point = 46
const zero = 48
const nine = 57
const openList = 91
const backslash = 92
const closeList = 93
const openObject = 123
const closeObject = 125

/** The refusal of text that is not Unicode. */
export const brokenText =
  'holds half of a surrogate pair, which is not a character; send valid Unicode'

/**
 * Reads JSON for what `JSON.parse` alters or accepts silently, and counts what it would make. It
 * does not check the grammar: on text that is not JSON its findings mean nothing. One pass over
 * character codes: a body of 2 MB must not hold the main loop.
 */
export class JsonInspection {
  readonly #text: string
  readonly #bounds: JsonBounds
  readonly #levels: Level[] = []
  readonly #names = new Set<string>()
  #depth = 0
  #values = 0
  #at = 0
  #keyNext = false
  readonly #negativeZeros: number[] = []
  /** The inspection ended early because parsing the text would take too long. */
  isTooLarge = false

  constructor(text: string, bounds: JsonBounds) {
    this.#text = text
    this.#bounds = bounds
  }

  /** Returns the first refusal of the text. */
  run(): JsonRefusal | undefined {
    const text = this.#text
    const { values = Infinity } = this.#bounds
    for (; this.#at < text.length; this.#at++) {
      const message = this.#token(text.charCodeAt(this.#at))
      if (message !== undefined) return { pointer: this.#pointer(), message }
      if (this.#values > values) return this.#tooLarge(`more than ${values} values`)
    }
    return undefined
  }

  /** The text with every -0 as 0: the only number of JSON that has two signs. */
  get withoutNegativeZero(): string {
    const minuses = this.#negativeZeros
    if (minuses.length === 0) return this.#text
    const parts = minuses.map((at, i) => this.#text.slice((minuses[i - 1] ?? -1) + 1, at))
    return [...parts, this.#text.slice(minuses.at(-1)! + 1)].join('')
  }

  #tooLarge(what: string): JsonRefusal {
    this.isTooLarge = true
    return { pointer: '', message: `has ${what}; send less at a time` }
  }

  #pointer(): string {
    const depth = this.#depth > this.#bounds.depth ? shownLevels : this.#depth
    return jsonPointer(this.#levels.slice(0, depth).map(({ step }) => step))
  }

  /** Reads the token that begins here, up to its last character; returns what is wrong with it. */
  #token(code: number): string | undefined {
    if (code === quote) return this.#string()
    if (code === comma) this.#comma()
    else if (code === openObject || code === openList) return this.#open(code === openObject)
    else if (code === closeObject || code === closeList) {
      if (this.#depth > 0) this.#depth--
      this.#keyNext = false
    } else if (code === minus || (code >= zero && code <= nine)) return this.#numeral()
    return undefined
  }

  #open(isObject: boolean): string | undefined {
    this.#values++
    this.#keyNext = isObject
    const level = (this.#levels[this.#depth++] ??= {
      isObject,
      step: 0,
      firstKeys: [],
      keyCount: 0,
      allKeys: undefined,
    })
    level.isObject = isObject
    level.step = isObject ? '' : 0
    level.keyCount = 0
    level.allKeys = undefined
    if (this.#depth <= this.#bounds.depth) return undefined
    this.isTooLarge = true
    return `is nested too deep; at most ${this.#bounds.depth} levels are allowed`
  }

  #comma(): void {
    const level = this.#depth === 0 ? undefined : this.#levels[this.#depth - 1]
    if (level?.isObject === true) this.#keyNext = true
    else if (level !== undefined) (level.step as number)++
  }

  #numeral(): string | undefined {
    this.#values++
    const text = this.#text
    const start = this.#at
    let end = start + 1
    let isPlain = true
    for (; end < text.length; end++) {
      const code = text.charCodeAt(end)
      if ((code >= zero && code <= nine) || code === point) continue
      const isExponent = code === 101 || code === 69 || code === plus || code === minus
      if (!isExponent) break
      isPlain = false
    }
    this.#at = end - 1
    const isNegative = text.charCodeAt(start) === minus
    if (isNegative && Number(text.slice(start, end)) === 0) this.#negativeZeros.push(start)
    if (isPlain && end - start <= exactDigits) return undefined
    return explainInexactNumber(text.slice(start, end))
  }

  #string(): string | undefined {
    const text = this.#text
    const start = this.#at
    let hasEscape = false
    let end = start + 1
    for (; end < text.length; end++) {
      const code = text.charCodeAt(end)
      if (code === quote) break
      if (code !== backslash) continue
      hasEscape = true
      end++
    }
    this.#at = end
    if (this.#keyNext) {
      this.#keyNext = false
      const raw = text.slice(start + 1, end)
      return this.#key(hasEscape ? (JSON.parse(`"${raw}"`) as string) : raw)
    }
    this.#values++
    return hasEscape ? this.#escapes(start, end) : undefined
  }

  /** Finds half a surrogate pair among the escapes of a string. */
  #escapes(start: number, end: number): string | undefined {
    const raw = this.#text.slice(start, end + 1)
    if (!/\\u[dD][89a-fA-F]/.test(raw)) return undefined
    return (JSON.parse(raw) as string).isWellFormed() ? undefined : brokenText
  }

  #key(key: string): string | undefined {
    const level = this.#levels[this.#depth - 1]!
    level.step = key
    if (!key.isWellFormed()) return brokenText
    if (isKnown(level, key)) return `the key ${quoteShort(key)} is given twice; keep one of them`
    const { names = Infinity, allowPrototypeKeys = false } = this.#bounds
    if (names !== Infinity && this.#names.add(key).size > names) {
      this.isTooLarge = true
      return `is one of more than ${names} different names; send less at a time`
    }
    if (allowPrototypeKeys) return undefined
    const isPrototype = key === 'prototype' && this.#levels[this.#depth - 2]?.step === 'constructor'
    if (key !== '__proto__' && !isPrototype) return undefined
    return `the key "${key}" would change the prototype of objects; use another name`
  }
}

/** Reports whether an object has a key already, and remembers it. */
function isKnown(level: Level, key: string): boolean {
  const { firstKeys, keyCount } = level
  if (level.allKeys !== undefined) return level.allKeys.size === level.allKeys.add(key).size
  for (let i = 0; i < keyCount; i++) if (firstKeys[i] === key) return true
  if (keyCount === comparedKeys) level.allKeys = new Set([...firstKeys, key])
  else firstKeys[level.keyCount++] = key
  return false
}
