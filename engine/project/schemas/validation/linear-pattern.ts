import { compilePattern } from '../../../template/cel/library.ts'
import { patternSize } from '../../../template/cel/pattern.ts'
import type { Meter } from './meter.ts'

/** A pattern that matches in time linear in the text. */
export interface LinearPattern {
  test(text: string): boolean
  /** JavaScript's own expression does it, which is faster than RE2. */
  readonly isNative: boolean
}

/** A pattern, or why there is none. */
export type CompiledPattern = LinearPattern | { readonly unsupported: string }

/** The patterns of a project's schemas, each compiled once. */
export class Patterns {
  readonly #compiled = new Map<string, CompiledPattern>()

  get(source: string): CompiledPattern {
    const compiled = this.#compiled.get(source) ?? compileLinearPattern(source)
    this.#compiled.set(source, compiled)
    return compiled
  }

  has(source: string): boolean {
    return this.#compiled.has(source)
  }

  /** Returns a pattern that must be one. @throws if it is not supported */
  require(source: string): LinearPattern {
    const pattern = this.get(source)
    if ('test' in pattern) return pattern
    throw new Error(
      `the pattern ${shortSource(JSON.stringify(source))} is not supported: ${pattern.unsupported}`,
    )
  }
}

/** Long sources are no help in a message. */
export const shortSource = (text: string): string =>
  text.length <= 200 ? text : `${text.slice(0, 200).toWellFormed()}…`

/** What RE2 would read as something else than JavaScript does. */
const readDifferently = [
  [/(?<!\\)(?:\\\\)*\\k</, 'a backreference'],
  [/(?<!\\)(?:\\\\)*\[\[:/, 'a POSIX class'],
] as const

/**
 * Escapes and names that JavaScript and RE2 write differently; an escaped backslash goes through.
 */
const javaScriptOnly =
  /\\\\|\\u(d[89ab][\da-f]{2})\\u(d[c-f][\da-f]{2})|\\u(?:\{([\da-f]+)\}|([\da-f]{4}))|\\c([a-z])|\(\?<(?![=!])|\\([p])\{(?:Script|sc|General_Category|gc)=/gi

/** Writes a JavaScript pattern in RE2's syntax. */
function toRe2(source: string): string {
  const hex = (code: number): string => `\\x{${code.toString(16)}}`
  return source.replaceAll(javaScriptOnly, (found: string, ...groups: (string | undefined)[]) => {
    const [high, low, inBraces, fourDigits, control, property] = groups
    const code = inBraces ?? fourDigits
    if (high !== undefined && low !== undefined)
      return hex(String.fromCharCode(Number(`0x${high}`), Number(`0x${low}`)).codePointAt(0)!)
    if (code !== undefined) return hex(Number(`0x${code}`))
    if (control !== undefined) return hex(control.toUpperCase().charCodeAt(0) % 32)
    if (property !== undefined) return `\\${property}{`
    return found === '(?<' ? '(?P<' : found
  })
}

/** Characters that a simple pattern may try again at each place of an open repetition. */
const maximumRetried = 32

/** One character or class of a simple pattern, and how often it repeats. */
const atom =
  /(\[(?:[^\]\\]|\\[^\d])+\]|\\[dwsDWS]|\\[^\w]|[^\\[\](){}|?*+.^$])(\{(?:0|[1-9]\d{0,2})\}|[*+]|)/y

/** What RE2 takes for a space; JavaScript has those of Unicode too. */
const spaces = String.raw`\t\n\f\r `

/** Writes an atom as JavaScript must read it; undefined for `\S` inside a class. */
function nativeAtom(text: string): string | undefined {
  const isClass = text.startsWith('[')
  if (isClass && text.match(/\\[^]/g)?.includes('\\S') === true) return undefined
  return text.replaceAll(/\\[^]/g, (escape) => {
    if (escape === '\\S') return `[^${spaces}]`
    if (escape !== '\\s') return escape
    return isClass ? spaces : `[${spaces}]`
  })
}

/**
 * Returns a JavaScript expression for a pattern that it matches in linear time, which is faster
 * than RE2: anchored at the start, a plain sequence of characters and classes, one open repetition
 * at most.
 */
function simplePattern(source: string): RegExp | undefined {
  if (!source.startsWith('^')) return undefined
  const end = source.endsWith('$') ? source.length - 1 : source.length
  let open = 0
  let retried = 0
  let native = '^'
  for (atom.lastIndex = 1; atom.lastIndex < end;) {
    const [, text = '', repetition] = atom.exec(source) ?? []
    const written = nativeAtom(text)
    if (repetition === undefined || written === undefined) return undefined
    native += written + repetition
    if (repetition === '*' || repetition === '+') open++
    else if (open > 0) retried += Number(repetition.slice(1, -1) || 1)
  }
  if (open > 1 || retried > maximumRetried) return undefined
  if (atom.lastIndex > end || nativePattern(source) === undefined) return undefined
  return nativePattern(native + source.slice(end))
}

/** Returns undefined for an escape such as `\-`, which RE2 knows and JavaScript does not. */
function nativePattern(source: string): RegExp | undefined {
  try {
    return new RegExp(source, 'u')
  } catch {
    return undefined
  }
}

/** The most instructions that a pattern may compile to, roughly; so many take about 30 ms. */
const maximumSize = 2_000

/** Returns roughly how many instructions a pattern of JSON Schema compiles to. */
export const sizeOfPattern = (source: string): number => patternSize(toRe2(source))

/**
 * Compiles a `pattern` of JSON Schema with RE2: linear time, but no lookaround and no
 * backreference. Returns what is unsupported where it can't.
 */
export function compileLinearPattern(source: string): CompiledPattern {
  const size = sizeOfPattern(source)
  if (size > maximumSize)
    return {
      unsupported: `it compiles to about ${size} instructions; at most ${maximumSize} are allowed`,
    }
  const different = readDifferently.find(([sign]) => sign.test(source))
  if (different !== undefined) return { unsupported: different[1] }
  try {
    const native = simplePattern(source)
    const pattern = compilePattern(toRe2(source))
    if (native !== undefined) return { test: (text) => native.test(text), isNative: true }
    return { test: (text) => pattern.test(text), isNative: false }
  } catch (error) {
    const [, reason = 'unknown syntax'] =
      /error parsing regexp: (.*)/s.exec((error as Error).message) ?? []
    return { unsupported: reason }
  }
}

/** Matches a text and counts the work. */
export function matchMetered(pattern: LinearPattern, text: string, meter: Meter): boolean {
  if (pattern.isNative) meter.match(text)
  else meter.matchRe2(text)
  return pattern.test(text)
}
