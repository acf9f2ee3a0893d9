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
    .map((mutant) => ({
      id: mutant.id,
      file: mutant.fileName,
      line: mutant.location.start.line + 1,
      mutator: mutant.mutatorName,
      original: textAt(contents.get(mutant.fileName) ?? '', mutant.location),
      replacement: mutant.replacement ?? '',
    }))
  const sources = new Map(result.files.map(({ name, content }) => [name, content]))
  return { mutants, sources }
}

interface Position {
  readonly line: number
  readonly column: number
}

/** The text between two positions, which count from 0. */
function textAt(content: string, location: { start: Position; end: Position }): string {
  const lines = content.split('\n')
  const offset = ({ line, column }: Position): number =>
    lines.slice(0, line).reduce((sum, text) => sum + text.length + 1, 0) + column
  return content.slice(offset(location.start), offset(location.end))
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
