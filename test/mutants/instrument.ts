import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Instrumenter } from '@stryker-mutator/instrumenter'

/** One change of one expression or block; exactly one is active at a time. */
export interface Mutant {
  readonly id: string
  /** Path from the root of the project. */
  readonly file: string
  /** Counted from 1. */
  readonly line: number
  /** Where its text begins and ends in the file. */
  readonly start: number
  readonly end: number
  readonly mutator: string
  readonly original: string
  readonly replacement: string
}

/** Source files in which every mutant is present, each behind a switch. */
export interface Instrumented {
  readonly mutants: readonly Mutant[]
  /** The text of each file, by its path from the root. */
  readonly sources: ReadonlyMap<string, string>
}

/**
 * Texts and whole object literals: a change is refused by the types, or compared elsewhere with
 * generated pages. They would be half of all mutants.
 */
const excludedMutations = ['StringLiteral', 'ObjectLiteral']

/** Mutates files with the operators of Stryker. */
export async function instrument(root: string, files: readonly string[]): Promise<Instrumented> {
  const contents = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]))
  const result = await new Instrumenter(silent).instrument(
    [...contents].map(([name, content]) => ({ name, content, mutate: true })),
    { plugins: null, excludedMutations, ignorers: [] },
  )
  const mutants = result.mutants
    .filter(({ status }) => status !== 'Ignored')
    .map(({ id, fileName, location, mutatorName, replacement }) => {
      const content = contents.get(fileName) ?? ''
      const [start, end] = [location.start, location.end].map((place) => offsetOf(content, place))
      return {
        id,
        file: fileName,
        line: location.start.line + 1,
        start: start!,
        end: end!,
        mutator: mutatorName,
        original: content.slice(start, end),
        replacement,
      }
    })
  const sources = new Map(result.files.map(({ name, content }) => [name, content]))
  return { mutants, sources }
}

interface Position {
  readonly line: number
  readonly column: number
}

/** How many characters stand before a position, which counts from 0. */
function offsetOf(content: string, { line, column }: Position): number {
  const above = content.split('\n').slice(0, line)
  return above.reduce((sum, text) => sum + text.length + 1, 0) + column
}

const ignore = (): void => {}
const off = (): boolean => false
const silent = {
  isTraceEnabled: off,
  isDebugEnabled: off,
  isInfoEnabled: off,
  isWarnEnabled: off,
  isErrorEnabled: off,
  isFatalEnabled: off,
  trace: ignore,
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
  fatal: ignore,
}
