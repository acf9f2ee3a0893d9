/** Characters of a text from outside that a message repeats. */
const shownCharacters = 60

/** Returns a text from outside in quotes for a message, cut where it is long. */
export function quoteShort(text: string): string {
  const isLong = text.length > shownCharacters
  return JSON.stringify(isLong ? `${text.slice(0, shownCharacters - 3).toWellFormed()}…` : text)
}

/** The longest word, or text in quotes, that a message repeats whole. */
const longestWord = 200

/** Cuts what a message repeats at length, such as an id or a path of a thousand letters. */
export function shortenWords(message: string): string {
  if (message.length <= longestWord) return message
  return message
    .replaceAll(/"[^"]{200,}"/g, (quoted) => `${quoted.slice(0, longestWord - 2).toWellFormed()}…"`)
    .replaceAll(/\S{201,}/g, (word) => `${word.slice(0, longestWord - 1).toWellFormed()}…`)
}
