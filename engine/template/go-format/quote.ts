const shortEscapes: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
}

const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u
/** Characters that may need an escape, in either kind of quotes. */
const special = /["'\\]|[^ -~]/gu

function hexDigits(code: number, width: number): string {
  return code.toString(16).padStart(width, '0')
}

function escapeCharacter(character: string, quote: string, onlyAscii: boolean): string {
  if (character === quote) return `\\${quote}`
  if (Object.hasOwn(shortEscapes, character)) return shortEscapes[character]!
  const code = character.codePointAt(0)!
  if (code >= 0xd800 && code <= 0xdfff) return onlyAscii ? '\\ufffd' : '\ufffd'
  if (printable.test(character) && (!onlyAscii || code < 0x80)) return character
  if (code < 0x80) return `\\x${hexDigits(code, 2)}`
  return code > 0xffff ? `\\U${hexDigits(code, 8)}` : `\\u${hexDigits(code, 4)}`
}

/**
 * Returns text as a Go literal, as `%q` prints it.
 * @param onlyAscii escapes everything beyond ASCII, as `%+q` does
 */
export function quoteGo(text: string, quote: '"' | "'" = '"', onlyAscii = false): string {
  const inner = text.replaceAll(special, (character) =>
    escapeCharacter(character, quote, onlyAscii),
  )
  return quote + inner + quote
}
