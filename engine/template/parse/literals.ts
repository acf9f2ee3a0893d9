import { explainInexactNumber } from '../../core/exact-number.ts'
import { TemplateSyntaxError } from './problem.ts'

const simpleEscapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\u0007',
  b: '\b',
  f: '\f',
  v: '\v',
  '\\': '\\',
  '"': '"',
  "'": "'",
}
const characterEscape = /u[\da-fA-F]{4}|U[\da-fA-F]{8}/y
const byteEscape = /\\(?:x([\da-fA-F]{2})|([0-3][0-7]{2}))/y

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Reads the quoted literal at `start`: its value and where it ends. Escapes are Go's. */
export function readString(source: string, start: number): { value: string; end: number } {
  const quote = source[start]!
  const unterminated = (end: number): TemplateSyntaxError =>
    new TemplateSyntaxError({
      message: 'this string is not closed',
      offset: start,
      length: end - start,
      hint: `close it with ${quote}; only a backquoted string may span lines`,
    })
  if (quote === '`') {
    const end = source.indexOf('`', start + 1)
    if (end === -1) throw unterminated(source.length)
    return { value: source.slice(start + 1, end), end: end + 1 }
  }
  let value = ''
  let at = start + 1
  for (;;) {
    const character = source[at]
    if (character === undefined || character === '\n') throw unterminated(at)
    if (character === quote) return { value, end: at + 1 }
    if (character === '\\') {
      const { text, length } = readBytes(source, start, at) ?? readEscape(source, at)
      value += text
      at += length
    } else {
      value += character
      at++
    }
  }
}

/** Whether a code point is a character: a surrogate is half of one. */
function isCharacter(code: number): boolean {
  return code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)
}

/**
 * Reads a run of `\x` and octal escapes of the literal at `start`. As in Go each is a byte, and
 * together they are UTF-8. One alone in single quotes is Go's character of that code. Undefined
 * where there is no such escape.
 */
function readBytes(
  source: string,
  start: number,
  at: number,
): { text: string; length: number } | undefined {
  const bytes: number[] = []
  let end = at
  byteEscape.lastIndex = at
  for (let found = byteEscape.exec(source); found !== null; found = byteEscape.exec(source)) {
    bytes.push(Number.parseInt(found[1] ?? found[2]!, found[1] === undefined ? 8 : 16))
    end = byteEscape.lastIndex
  }
  const [first] = bytes
  if (first === undefined) return undefined
  const length = end - at
  const isRune = source[start] === "'" && at === start + 1 && source[end] === "'"
  if (isRune && bytes.length === 1) return { text: String.fromCodePoint(first), length }
  try {
    return { text: utf8.decode(Uint8Array.from(bytes)), length }
  } catch {
    throw new TemplateSyntaxError({
      message: 'escapes of bytes that are not valid UTF-8',
      offset: at,
      length,
      hint: String.raw`\xNN and octal escapes are bytes; write the character U+00E9 as \u00e9`,
    })
  }
}

function readEscape(source: string, at: number): { text: string; length: number } {
  const next = source[at + 1] ?? ''
  const simple = Object.hasOwn(simpleEscapes, next) ? simpleEscapes[next] : undefined
  if (simple !== undefined) return { text: simple, length: 2 }
  characterEscape.lastIndex = at + 1
  const [digits] = characterEscape.exec(source) ?? []
  if (digits !== undefined) {
    const code = Number.parseInt(digits.slice(1), 16)
    if (isCharacter(code)) return { text: String.fromCodePoint(code), length: digits.length + 1 }
  }
  throw new TemplateSyntaxError({
    message: `unknown escape "\\${next}" in a string`,
    offset: at,
    length: 2,
    hint: 'write \\\\ for a backslash, or use a backquoted string',
  })
}

/** Go reads 017 as 15, people as 17. */
function leadingZero(text: string, offset: number): TemplateSyntaxError {
  const bare = text.replace(/^([+-]?)[0_]+(?=\d)/, '$1')
  const octal = /^[0-7]+$/.test(bare) ? `, or 0o${bare} for an octal number` : ''
  return new TemplateSyntaxError({
    message: `"${text}" begins with a zero, which Go reads as octal`,
    offset,
    length: text.length,
    hint: `write ${bare}${octal}`,
  })
}

const decimal = /^[+-]?(?:\d[\d_]*)(?:\.[\d_]*)?(?:[eE][+-]?\d+)?$/
const based = /^([+-]?)(0[xX][\da-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+)$/

/**
 * Returns the value of a number literal in Go's notation.
 * @throws TemplateSyntaxError for other text, and for a number that a double would change
 */
export function readNumber(text: string, offset: number): number {
  const fail = (message: string): TemplateSyntaxError =>
    new TemplateSyntaxError({ message, offset, length: text.length })
  const [, sign, digits] = based.exec(text) ?? []
  const plain = text.replaceAll('_', '')
  if (digits === undefined) {
    if (!decimal.test(text)) throw fail(`"${text}" is not a number`)
    if (/^[+-]?0[\d_]+$/.test(text)) throw leadingZero(text, offset)
    const problem = explainInexactNumber(plain.replace(/^\+/, ''))
    if (problem !== undefined) throw fail(problem)
    return Number(plain) + 0
  }
  const value = Number(digits.replaceAll('_', ''))
  if (Number.isNaN(value)) throw fail(`"${text}" is not a number`)
  const problem = explainInexactNumber(BigInt(digits.replaceAll('_', '')).toString())
  if (problem !== undefined) throw fail(problem)
  return sign === '-' ? 0 - value : value
}
