/**
 * Where the characters of a parsed YAML string stand in the text, so that a caret can go under one
 * word of a template whatever style the string is written in.
 */

const blank = /\s/

/**
 * Characters of an escape after its backslash: `\x41`, `\u0041`, `\U00000041`; all others are one
 * letter.
 */
const escapeLength: Readonly<Record<string, number>> = { x: 3, u: 5, U: 9 }

/**
 * For each character of the string, and one past the end, its offset in the text of a double-quoted
 * scalar.
 */
function doubleQuoted(text: string, start: number, end: number): number[] {
  const offsets: number[] = []
  let at = start + 1
  const skipBlanks = () => {
    while (at < end && blank.test(text[at]!)) at++
  }
  while (at < end - 1) {
    const run = /^[ \t]*\r?\n\s*/.exec(text.slice(at, end))?.[0]
    if (run !== undefined) {
      const breaks = run.split('\n').length - 1
      for (let i = 0; i < Math.max(1, breaks - 1); i++) offsets.push(at)
      at += run.length
    } else if (text[at] === '\\' && /[\r\n]/.test(text[at + 1]!)) {
      at++
      skipBlanks()
    } else if (text[at] === '\\') {
      const letter = text[at + 1]!
      const length = 1 + (escapeLength[letter] ?? 1)
      const wide = letter === 'U' && Number.parseInt(text.slice(at + 2, at + length), 16) > 0xffff
      offsets.push(...(wide ? [at, at] : [at]))
      at += length
    } else offsets.push(at++)
  }
  offsets.push(at)
  return offsets
}

/**
 * The same for the other styles, by laying string and text beside each other: they differ only in
 * runs of blanks (folding, indentation), which are matched from their right ends, and in `''` for
 * one quote.
 */
function aligned(text: string, value: string, start: number, singleQuoted: boolean): number[] {
  const offsets: number[] = []
  let at = start
  let index = 0
  while (index < value.length) {
    if (blank.test(value[index]!)) {
      const from = at
      while (at < text.length && blank.test(text[at]!)) at++
      const runEnd = /^\s*/.exec(value.slice(index))![0].length + index
      for (; index < runEnd; index++) offsets.push(Math.max(from, at - (runEnd - index)))
    } else {
      while (at < text.length && blank.test(text[at]!)) at++
      offsets.push(at)
      at += singleQuoted && value[index] === "'" ? 2 : 1
      index++
    }
  }
  offsets.push(at)
  return offsets
}

/** The style and extent of one scalar in a text. `end` is the offset after its last character. */
export interface ScalarExtent {
  readonly style: string | undefined
  readonly start: number
  readonly end: number
}

/**
 * Offsets in `text` of each character of the string `value` that stands at `extent`; one more for
 * its end.
 *
 * @example
 * stringOffsets('a: "x\\ty"', 'x\ty', {style: 'QUOTE_DOUBLE', start: 3, end: 9}) // [4, 5, 7, 8]
 */
export function stringOffsets(
  text: string,
  value: string,
  extent: ScalarExtent,
): readonly number[] {
  const { style, start, end } = extent
  if (style === 'QUOTE_DOUBLE') return doubleQuoted(text, start, end)
  if (style === 'QUOTE_SINGLE') return aligned(text, value, start + 1, true)
  if (style === 'BLOCK_LITERAL' || style === 'BLOCK_FOLDED')
    return aligned(text, value, text.indexOf('\n', start) + 1, false)
  return aligned(text, value, start, false)
}
