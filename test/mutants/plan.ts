import { readFileSync } from 'node:fs'

/** What the process that runs the tests must know. */
export interface Plan {
  readonly root: string
  readonly journal: string
  /** Instrumented text on disk, by the absolute path of its source. */
  readonly sources: Readonly<Record<string, string>>
  /** The mutants that are tried in this run. */
  readonly selected: readonly string[]
  /** Test files, absolute, the nearest first. */
  readonly files: readonly string[]
  /** Mutants that need their test files started anew, with these files. */
  readonly fresh: readonly { readonly mutant: string; readonly files: readonly string[] }[]
  readonly workers: number
}

/** The environment variable that names the plan's file. */
export const planVariable = 'COMPOZY_MUTANTS_PLAN'

/** Reads the plan of this process. */
export function readPlan(): Plan {
  const path = process.env[planVariable]
  if (path === undefined) throw new Error(`${planVariable} is not set`)
  return JSON.parse(readFileSync(path, 'utf8')) as Plan
}
