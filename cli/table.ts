/** Most names that one line lists. */
const listedNames = 10

/** Joins names for one line of text; past ten it only counts them. */
export function firstNames(names: readonly string[]): string {
  const more = names.length > listedNames ? `, and ${names.length - listedNames} more` : ''
  return `${names.slice(0, listedNames).join(', ')}${more}`
}

/** Formats rows as aligned columns, two spaces apart. The last column is not padded. */
export function formatTable(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>(
    (widest, row) => row.map((cell, i) => Math.max(widest[i] ?? 0, cell.length)),
    [],
  )
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
