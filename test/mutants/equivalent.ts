import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Mutant } from './instrument.ts'

/** A mutant that changes nothing that anybody can see, with the reason why. */
export interface Equivalent {
  readonly file: string
  readonly original: string
  readonly replacement: string
  readonly reason: string
}

/** Reads the list of mutants that no test can kill. */
export function readEquivalents(): readonly Equivalent[] {
  const path = join(import.meta.dirname, 'equivalent.json')
  return JSON.parse(readFileSync(path, 'utf8')) as readonly Equivalent[]
}

/** The entry that names a mutant. White space counts as one blank. */
export function findEquivalent(
  equivalents: readonly Equivalent[],
  mutant: Mutant,
): Equivalent | undefined {
  return equivalents.find(
    ({ file, original, replacement }) =>
      file === mutant.file &&
      original === oneLine(mutant.original) &&
      replacement === oneLine(mutant.replacement),
  )
}

/** Source text on one line, as the list and the report write it. */
export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}
