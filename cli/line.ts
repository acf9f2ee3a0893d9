import truncatedWidth from 'fast-string-truncated-width'

/** How a part of a line stands out on a terminal with colors. */
export type Style = 'good' | 'bad' | 'warn' | 'dim' | 'bold'

/** A part of a line with a style. */
export interface Span {
  readonly text: string
  readonly style: Style
}

/** One line of output: plain text, or parts of which some have a style. */
export type Line = string | readonly (string | Span)[]

/** SGR codes that switch a style on and off. */
const codes: Readonly<Record<Style, readonly [on: number, off: number]>> = {
  good: [32, 39],
  bad: [31, 39],
  warn: [33, 39],
  dim: [2, 22],
  bold: [1, 22],
}

/**
 * Replaces control characters and marks that reorder text: a tool's or server's text must not
 * control the terminal.
 */
export function visible(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n\t]|[\u202A-\u202E\u2066-\u2069]/gu, '\uFFFD')
}

/**
 * Returns a value as JSON that a terminal shows as it is. Characters that control it are escaped,
 * which changes no value.
 * @param indent spaces for each level; without them, all is on one line
 * @example printableJson('a\u0085b') // '"a\\u0085b"'
 */
export function printableJson(value: unknown, indent?: number): string {
  return escapeMarks(JSON.stringify(value, null, indent))
}

/** Writes characters that control a terminal or reorder text as `\u0085`; C0 and escapes stay. */
export function escapeMarks(text: string): string {
  return text.replaceAll(
    /[\u007F-\u009F\u202A-\u202E\u2066-\u2069]/g,
    (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

const partsOf = (line: Line): readonly (string | Span)[] =>
  typeof line === 'string' ? [line] : line

/** Returns the text of a line for a stream, with escape codes only where colors are allowed. */
export function styled(line: Line, color: boolean): string {
  return partsOf(line)
    .map((part) => {
      if (typeof part === 'string') return visible(part)
      const [on, off] = codes[part.style]
      const text = visible(part.text)
      return color && text !== '' ? `\u001B[${on}m${text}\u001B[${off}m` : text
    })
    .join('')
}

/** Returns the columns that a text takes on a terminal; CJK and emoji take two each. */
export function widthOf(text: string): number {
  return truncatedWidth(text).width
}

/** Puts text on one row and cuts it to this many columns; a cut ends in `…`. */
export function cutLine(text: string, columns: number): string {
  const oneRow = visible(text).replaceAll(/[\n\t]/g, ' ')
  const { index, truncated } = truncatedWidth(oneRow, {
    limit: columns,
    ellipsis: '…',
    ellipsisWidth: 1,
  })
  if (!truncated) return oneRow
  // The library's index is one too far after some characters.
  let kept = oneRow.slice(0, index)
  while (kept !== '' && widthOf(kept) + 1 > columns) kept = kept.replace(/.$/su, '')
  return `${kept}…`
}

/** Cuts a line with styles to this many columns. */
export function cutText(line: Line, columns: number): Line {
  let room = columns
  return partsOf(line).map((part) => {
    const text = cutLine(typeof part === 'string' ? part : part.text, Math.max(0, room))
    room -= widthOf(text)
    return typeof part === 'string' ? text : { ...part, text }
  })
}
