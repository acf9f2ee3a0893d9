import { cutLine, widthOf, type Line, type Span } from './line.ts'

/** Most names that one line of output lists. */
export const namesInLine = 10

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

/**
 * Returns the column to cut by one: the widest after the first `kept`; among short ones the last,
 * which holds text.
 */
function columnToCut(widths: readonly number[], kept: number): number | undefined {
  const widest = Math.max(...widths.slice(kept), 0)
  const last = widths.length - 1
  if (widest <= short && last >= kept && widths[last]! > narrowest) return last
  return widest > narrowest ? widths.lastIndexOf(widest) : undefined
}

const sumOf = (widths: readonly number[]): number =>
  widths.reduce((sum, each) => sum + each + gap, -gap)

/**
 * Returns the widths of columns that fit into `width`, undefined where none do. The first `kept`
 * columns keep their width.
 */
function fit(widths: readonly number[], width: number, kept: number): number[] | undefined {
  const fitted = [...widths]
  while (sumOf(fitted) > width) {
    const column = columnToCut(fitted, kept)
    if (column === undefined) return undefined
    fitted[column]! -= 1
  }
  return fitted
}

/** Columns of a text that still tell something: half of it. A short one is not cut to less. */
const leastOf = (whole: number): number => Math.min(whole, Math.max(short, Math.ceil(whole / 2)))

/** A first column that takes more than this share of the terminal leaves no room for the others. */
const largestName = 0.4

const widthsOf = (rows: readonly (readonly Cell[])[]): number[] =>
  rows.reduce<number[]>(
    (widest, row) => row.map((cell, i) => Math.max(widest[i] ?? 0, widthOf(textOf(cell)))),
    [],
  )

function rowLine(row: readonly Cell[], widths: readonly number[]): Line {
  const last = row.findLastIndex((cell) => textOf(cell) !== '')
  return row.slice(0, last + 1).flatMap((cell, i) => {
    const room = widths[i]!
    const text = widthOf(textOf(cell)) > room ? cutLine(textOf(cell), room) : textOf(cell)
    const pad = i === last ? '' : ' '.repeat(room - widthOf(text) + gap)
    return [withText(cell, text), pad]
  })
}

/** The first cell on a line of its own, and the others below it, as many on a line as fit. */
function stackedLines(
  [name = '', ...others]: readonly Cell[],
  width: number,
  kept: number,
): Line[] {
  const lines: (string | Span)[][] = []
  let room = 0
  for (const [i, cell] of others.entries()) {
    if (textOf(cell) === '') continue
    const text = i + 1 < kept ? textOf(cell) : cutLine(textOf(cell), Math.max(1, width - gap))
    if (widthOf(text) + gap > room) {
      lines.push([' '.repeat(gap), withText(cell, text)])
      room = width - gap - widthOf(text)
    } else {
      lines.at(-1)!.push(' '.repeat(gap), withText(cell, text))
      room -= widthOf(text) + gap
    }
  }
  return [[name], ...lines]
}

/**
 * Formats rows as aligned columns, two spaces apart. With `width`, the columns of a terminal,
 * longer cells are cut, except those of the first `kept` columns: names and ids, which somebody
 * copies. A row whose name is too long for that has it on a line of its own; where not even that
 * fits, every row has.
 */
export function formatTable(
  rows: readonly (readonly Cell[])[],
  width?: number,
  { kept = 1 }: { readonly kept?: number } = {},
): Line[] {
  const texts = rows.map((row) =>
    row.map((cell) => withText(cell, textOf(cell).replaceAll(/\s*[\n\t]\s*/g, ' '))),
  )
  const whole = widthsOf(texts)
  if (width === undefined || sumOf(whole) <= width) return texts.map((row) => rowLine(row, whole))
  const inOneLine = fit(whole, width, kept)
  const isReadable = inOneLine?.every((each, i) => each >= leastOf(whole[i]!))
  if (inOneLine !== undefined && isReadable === true)
    return texts.map((row) => rowLine(row, inOneLine))
  const most = Math.floor(width * largestName)
  const isLong = ([name = '']: readonly Cell[]): boolean => widthOf(textOf(name)) > most
  const [, ...columns] = whole
  const names = texts.filter((row) => !isLong(row)).map(([name = '']) => widthOf(textOf(name)))
  const fitted = fit([Math.max(0, ...names), ...columns], width, kept)
  if (fitted === undefined) return texts.flatMap((row) => stackedLines(row, width, kept))
  return texts.flatMap((row) => {
    if (!isLong(row)) return [rowLine(row, fitted)]
    const [name = '', ...others] = row
    return [[name], rowLine(['', ...others], fitted)]
  })
}
