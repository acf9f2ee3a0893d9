/**
 * Splits the beginning of a command line into words, as a POSIX shell does with quotes and
 * backslashes. The last word is the one that the cursor stands in; it may be empty or open.
 */
export function splitLine(line: string): string[] {
  const words: string[] = []
  let word = ''
  let isOpen = false
  let quote: string | undefined
  for (let i = 0; i < line.length; i++) {
    const sign = line[i]!
    if (sign === '\\' && quote !== "'") {
      word += line[++i] ?? ''
      isOpen = true
    } else if (quote !== undefined) {
      if (sign === quote) quote = undefined
      else word += sign
    } else if (sign === "'" || sign === '"') {
      quote = sign
      isOpen = true
    } else if (/\s/.test(sign)) {
      if (isOpen) words.push(word)
      word = ''
      isOpen = false
    } else {
      word += sign
      isOpen = true
    }
  }
  return [...words, word]
}
