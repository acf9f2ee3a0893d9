import type { Place } from '../../core/source.ts'

/** The lines of a text, and places in it. */
export interface Lines {
  /** The place between two offsets, on the line of the first one. */
  placeOf(start: number, end: number): Place
  /** A line without its line break, by its number from 1. */
  lineAt(line: number): string
}

/** Reads where the lines of a file begin. */
export function createLines(file: string, text: string): Lines {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  // A terminal would obey control characters; a mark in their place keeps the columns.
  const shown = text.replaceAll(/[^\P{Cc}\t\r\n]/gu, '\uFFFD')

  const endOf = (line: number): number => {
    const end = starts[line] === undefined ? shown.length : starts[line] - 1
    return shown[end - 1] === '\r' ? end - 1 : end
  }

  return {
    placeOf(start, end) {
      let low = 0
      let high = starts.length - 1
      while (low < high) {
        const middle = Math.ceil((low + high) / 2)
        if (starts[middle]! <= start) low = middle
        else high = middle - 1
      }
      let last = endOf(low + 1)
      while (last > start && /\s/.test(shown[last - 1]!)) last--
      const length = Math.max(1, Math.min(end, last) - start)
      return { file, line: low + 1, column: start - starts[low]! + 1, length }
    },
    lineAt: (line) => shown.slice(starts[line - 1], endOf(line)).replaceAll('\r', '\uFFFD'),
  }
}
