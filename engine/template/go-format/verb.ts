/** How one verb of a format shows its value: what stands between `%` and its letter. */
export interface VerbOptions {
  plus: boolean
  minus: boolean
  sharp: boolean
  space: boolean
  zero: boolean
  /** `%#v`: Go syntax. */
  goSyntax: boolean
  width: number | undefined
  precision: number | undefined
}

/** Returns options with no flag set. */
export function noOptions(): VerbOptions {
  return {
    plus: false,
    minus: false,
    sharp: false,
    space: false,
    zero: false,
    goSyntax: false,
    width: undefined,
    precision: undefined,
  }
}

function countCodePoints(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}

/** Pads to the width: at the right with `-`, at the left with zeros under `0`, else with spaces. */
export function pad(text: string, { width = 0, minus, zero }: VerbOptions): string {
  if (text.length >= 2 * width) return text
  const missing = width - countCodePoints(text)
  if (missing <= 0) return text
  if (minus) return text + ' '.repeat(missing)
  return (zero ? '0' : ' ').repeat(missing) + text
}

/** Pads a number whose zeros, if any, are already inside it. */
export function padNumber(text: string, options: VerbOptions): string {
  return pad(text, { ...options, zero: false })
}
