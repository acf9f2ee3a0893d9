/** Letters whose upper case is one letter for Go and two for JavaScript. */
const greekWithIota = /^[\u1f80-\u1f87\u1f90-\u1f97\u1fa0-\u1fa7]$/
const shortIota: Readonly<Record<string, string>> = { ᾳ: 'ᾼ', ῃ: 'ῌ', ῳ: 'ῼ' }

/** Letters with a title case of their own, by their upper case. */
const titleDigraphs: Readonly<Record<string, string>> = { Ǆ: 'ǅ', Ǉ: 'ǈ', Ǌ: 'ǋ', Ǳ: 'ǲ' }

const isAscii = /^[\0-\x7f]*$/

function isOneCharacter(text: string): boolean {
  return text.length === 1 || (text.length === 2 && text.codePointAt(0)! > 0xffff)
}

function upperLetter(letter: string): string {
  const upper = letter.toUpperCase()
  if (isOneCharacter(upper)) return upper
  if (greekWithIota.test(letter)) return String.fromCharCode(letter.charCodeAt(0) + 8)
  return Object.hasOwn(shortIota, letter) ? shortIota[letter]! : letter
}

function lowerLetter(letter: string): string {
  const lower = letter.toLowerCase()
  return isOneCharacter(lower) ? lower : lower.slice(0, 1)
}

/** Returns text in upper case, letter by letter as Go does: "ß" stays as it is. */
export function upperCase(text: string): string {
  return isAscii.test(text) ? text.toUpperCase() : Array.from(text, upperLetter).join('')
}

/**
 * Returns text in lower case, letter by letter as Go does: no special sigma at the end of a word.
 */
export function lowerCase(text: string): string {
  return isAscii.test(text) ? text.toLowerCase() : Array.from(text, lowerLetter).join('')
}

/** Georgian has capitals, but no title case. */
function titleLetter(letter: string): string {
  if (/^[\u10d0-\u10ff]$/.test(letter)) return letter
  const upper = upperLetter(letter)
  return Object.hasOwn(titleDigraphs, upper) ? titleDigraphs[upper]! : upper
}

/** Go's separators of words: ASCII other than letters, digits and "_"; beyond ASCII only spaces. */
const separator = /^[\0-/:-@[-^`{-\x7f\p{White_Space}]$/u

/** Returns text with the first letter of each word in title case, as Go's strings.Title. */
export function titleCase(text: string): string {
  let previous = ' '
  return Array.from(text, (character) => {
    const isFirst = separator.test(previous)
    previous = character
    return isFirst ? titleLetter(character) : character
  }).join('')
}
