import { explainInexactNumber } from './exact-number.ts'
import type { JsonValue } from './json.ts'

/**
 * How deep JSON from outside may nest: far above real documents, far below what recursion bears.
 */
export const maximumJsonDepth = 200

/** Why a JSON text is refused, and where. */
export interface JsonRefusal {
  /**
   * JSON pointer (RFC 6901) to the value or key; for text that nests too deep, to its outer levels.
   */
  readonly pointer: string
  /** What is wrong and what to do, without the place. */
  readonly message: string
}

/** What {@link parseExactJson} accepts beyond its defaults. */
export interface ExactJsonOptions {
  /** Levels of nesting allowed; default {@link maximumJsonDepth}. */
  readonly maximumDepth?: number
  /** Keeps `__proto__` and `constructor.prototype` as plain keys instead of refusing them. */
  readonly allowPrototypeKeys?: boolean
}

/** A value that is exactly what the text says, or why there is none. */
export type ParsedJson = { readonly value: JsonValue } | { readonly refusal: JsonRefusal }

/** One open object or list of the text. */
interface Level {
  readonly isObject: boolean
  /** Keys so far of an object that has any. */
  keys: Set<string> | undefined
  /** Key or index of the value under way. */
  step: string | number
}

/** A pointer to a value that nests too deep shows this many of its outer levels. */
const shownLevels = 8

const escapeStep = (step: string | number): string =>
  String(step).replaceAll('~', '~0').replaceAll('/', '~1')

/** Returns the JSON pointer (RFC 6901) of a path. */
export function jsonPointer(path: readonly (string | number)[]): string {
  return path.map((step) => `/${escapeStep(step)}`).join('')
}

/** Returns the index of the quote that ends the string which begins at `start`, or -1. */
function endOfString(text: string, start: number): number {
  let end = start
  for (;;) {
    end = text.indexOf('"', end + 1)
    if (end === -1) return -1
    let before = end - 1
    while (text[before] === '\\') before--
    if ((end - before) % 2 === 1) return end
  }
}

/** Decodes a string of the text, quotes included. Throws where an escape is invalid. */
function decode(raw: string): string {
  return raw.includes('\\') ? (JSON.parse(raw) as string) : raw.slice(1, -1)
}

function shorten(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}…` : text)
}

const isDigit = (sign: string): boolean => sign >= '0' && sign <= '9'

/** Reports whether a character code occurs inside a number: a digit or one of `.+-eE`. */
const isOfNumber = (code: number): boolean =>
  (code >= 48 && code <= 57) ||
  code === 46 ||
  code === 43 ||
  code === 45 ||
  code === 101 ||
  code === 69

/**
 * Reads JSON for what `JSON.parse` alters or accepts silently. It does not check the grammar: on
 * text that is not JSON its findings mean nothing.
 */
class Inspection {
  readonly #text: string
  readonly #maximumDepth: number
  readonly #allowPrototypeKeys: boolean
  readonly #levels: Level[] = []
  #at = 0
  #keyNext = false

  constructor(text: string, options: ExactJsonOptions) {
    this.#text = text
    this.#maximumDepth = options.maximumDepth ?? maximumJsonDepth
    this.#allowPrototypeKeys = options.allowPrototypeKeys ?? false
  }

  get tooDeep(): boolean {
    return this.#levels.length > this.#maximumDepth
  }

  /** Returns the first refusal of the text. */
  run(): JsonRefusal | undefined {
    for (; this.#at < this.#text.length; this.#at++) {
      const message = this.#token(this.#text[this.#at]!)
      if (message !== undefined) return { pointer: this.#pointer(), message }
    }
    return undefined
  }

  #pointer(): string {
    const levels = this.tooDeep ? this.#levels.slice(0, shownLevels) : this.#levels
    return jsonPointer(levels.map(({ step }) => step))
  }

  /** Reads the token that begins here, up to its last character; returns what is wrong with it. */
  #token(sign: string): string | undefined {
    if (sign === '"') return this.#string()
    if (sign === ',') return this.#comma()
    if (sign === '{' || sign === '[') return this.#open(sign === '{')
    if (sign === '}' || sign === ']') {
      this.#levels.pop()
      this.#keyNext = false
      return undefined
    }
    return sign === '-' || isDigit(sign) ? this.#numeral() : undefined
  }

  #open(isObject: boolean): string | undefined {
    this.#keyNext = isObject
    this.#levels.push({ isObject, keys: undefined, step: isObject ? '' : 0 })
    if (!this.tooDeep) return undefined
    return `is nested too deep; at most ${this.#maximumDepth} levels are allowed`
  }

  #comma(): undefined {
    const level = this.#levels.at(-1)
    if (level?.isObject === true) this.#keyNext = true
    else if (level !== undefined) (level.step as number)++
  }

  #numeral(): string | undefined {
    const text = this.#text
    let end = this.#at + 1
    while (end < text.length && isOfNumber(text.charCodeAt(end))) end++
    const literal = text.slice(this.#at, end)
    this.#at = end - 1
    return explainInexactNumber(literal)
  }

  #string(): string | undefined {
    const end = endOfString(this.#text, this.#at)
    const raw = this.#text.slice(this.#at, end + 1)
    this.#at = end === -1 ? this.#text.length : end
    if (this.#keyNext) return this.#key(decode(raw))
    return raw.includes('\\u') && !decode(raw).isWellFormed() ? brokenText : undefined
  }

  #key(key: string): string | undefined {
    const level = this.#levels.at(-1)!
    this.#keyNext = false
    level.step = key
    if (!key.isWellFormed()) return brokenText
    level.keys ??= new Set()
    if (level.keys.has(key)) return `the key ${shorten(key)} is given twice; keep one of them`
    level.keys.add(key)
    if (this.#allowPrototypeKeys) return undefined
    const isPrototype = key === 'prototype' && this.#levels.at(-2)?.step === 'constructor'
    if (key !== '__proto__' && !isPrototype) return undefined
    return `the key "${key}" would change the prototype of objects; use another name`
  }
}

const brokenText = 'holds half of a surrogate pair, which is not a character; send valid Unicode'

/**
 * Parses JSON from outside so that every value is exactly what the text says: numbers that a double
 * would alter, half characters, a key given twice, keys that reach a prototype and deep nesting are
 * refused with their place. Linear in the text. Pure, so it runs in the workflow sandbox too.
 *
 * @example
 * parseExactJson('{"id": 9007199254740993}') // { refusal: { pointer: '/id', message: … } }
 */
export function parseExactJson(text: string, options: ExactJsonOptions = {}): ParsedJson {
  const inspection = new Inspection(text, options)
  let refusal: JsonRefusal | undefined
  try {
    refusal = inspection.run()
    // JSON.parse takes long for a million levels.
    if (refusal !== undefined && inspection.tooDeep) return { refusal }
    const value = JSON.parse(text) as JsonValue
    if (refusal === undefined && !text.isWellFormed())
      refusal = { pointer: '', message: brokenText }
    return refusal === undefined ? { value } : { refusal }
  } catch (error) {
    return { refusal: { pointer: '', message: `is not valid JSON: ${(error as Error).message}` } }
  }
}
