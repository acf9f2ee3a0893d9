import { cutLine, widthOf, type Line, type Span } from './line.ts'

/** Most names that one line lists. */
const listedNames = 10

/** Joins names for one line of text; past ten it only counts them. */
export function firstNames(names: readonly string[]): string {
  const more = names.length > listedNames ? `, and ${names.length - listedNames} more` : ''
  return `${names.slice(0, listedNames).join(', ')}${more}`
}

/** One cell of a table. */
export type Cell = string | Span

/** Spaces between two columns. */
const gap = 2
/** Columns up to this width hold numbers, statuses and times: text is cut before them. */
const short = 12
/** Columns narrower than this are not cut. */
const narrowest = 6

const textOf = (cell: Cell): string => (typeof cell === 'string' ? cell : cell.text)

function withText(cell: Cell, text: string): Cell {
  return typeof cell === 'string' ? text : { ...cell, text }
}

/** Returns the column to cut by one: the widest; among short ones the last, which holds text. */
function columnToCut(widths: readonly number[]): number | undefined {
  const widest = Math.max(...widths.slice(1), 0)
  const last = widths.length - 1
  if (widest <= short && last > 0 && widths[last]! > narrowest) return last
  return widest > narrowest ? widths.lastIndexOf(widest) : undefined
}

/**
 * Returns the widths of columns that fit into `width`. The first column names the row and keeps its
 * width.
 */
function fit(widths: readonly number[], width: number): number[] {
  const fitted = [...widths]
  const over = (): number => fitted.reduce((sum, each) => sum + each + gap, -gap) - width
  while (over() > 0) {
    const column = columnToCut(fitted)
    if (column === undefined) return fitted
    fitted[column]! -= 1
  }
  return fitted
}

/**
 * Formats rows as aligned columns, two spaces apart, each row on one line. With `width`, the
 * columns of a terminal, longer cells are cut.
 */
export function formatTable(rows: readonly (readonly Cell[])[], width?: number): Line[] {
  const texts = rows.map((row) =>
    row.map((cell) => withText(cell, textOf(cell).replaceAll(/\s*[\n\t]\s*/g, ' '))),
  )
  const widths = texts.reduce<number[]>(
    (widest, row) => row.map((cell, i) => Math.max(widest[i] ?? 0, widthOf(textOf(cell)))),
    [],
  )
  const fitted = width === undefined ? widths : fit(widths, width)
  return texts.map((row) => {
    const last = row.findLastIndex((cell) => textOf(cell) !== '')
    return row.slice(0, last + 1).flatMap((cell, i) => {
      const room = fitted[i]!
      const text = widthOf(textOf(cell)) > room ? cutLine(textOf(cell), room) : textOf(cell)
      const pad = i === last ? '' : ' '.repeat(room - widthOf(text) + gap)
      return [withText(cell, text), pad]
    })
  })
}
