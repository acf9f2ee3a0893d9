/** Splits text into lines of at most `width` columns; a longer word stands alone. */
export function wrapWords(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + word.length + 1 > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}

/** Puts text behind `left`, and its further lines below its first. */
export function hangText(left: string, text: string, width: number): string {
  return `${left}${wrapWords(text, width - left.length).join(`\n${' '.repeat(left.length)}`)}`
}

const isProse = (line: string): boolean => /^\S/.test(line)

/**
 * Breaks the paragraphs of a text that are wider than a terminal. Indented lines stay as they are:
 * they are examples, and somebody copies them.
 */
export function wrapParagraphs(text: string, width: number): string {
  return text
    .split('\n\n')
    .map((paragraph) => {
      const lines = paragraph.split('\n')
      const fits = lines.every((line) => line.length <= width)
      if (fits || !lines.every(isProse)) return paragraph
      return wrapWords(lines.join(' '), width).join('\n')
    })
    .join('\n\n')
}
