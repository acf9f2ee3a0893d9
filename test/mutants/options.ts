import { parseArgs } from 'node:util'
import { defined } from '../../engine/core/defined.ts'

/** What a run of the mutants is asked for. */
export interface MutantOptions {
  /** Files or folders; none means every judged part. */
  readonly paths: readonly string[]
  /** Only files that changed since this commit. */
  readonly since?: string
  /** Globs of the test files that judge; default: the tests of the part. */
  readonly tests: readonly string[]
  /** Try so many mutants, chosen by the seed. */
  readonly sample?: number
  readonly seed: number
  /** The lowest score in percent that passes. */
  readonly threshold: number
  readonly workers: number
}

export const usage = `npm run mutants -- [PATH...] [OPTIONS]

Changes one expression at a time and reports the changes that no unit test notices.
Without PATH: engine/infra/monitoring, engine/interpreter and engine/compiler.

  --since COMMIT       only files that changed since this commit
  --sample N           N mutants, chosen by the seed; default: all
  --seed S             a whole number; the same seed chooses the same mutants; default: 1
  --tests GLOB         test files that judge; default: the tests of the part; may be repeated
  --threshold PERCENT  exit with 1 below this score; default: 95
  --workers N          processes at a time; default: 2
  --help               this text

Example: npm run mutants -- engine/infra/monitoring/exposition --sample 60 --seed 7`

/** Reads the command line; throws an error with one line for a value that it does not know. */
export function readMutantOptions(args: readonly string[]): MutantOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      tests: { type: 'string', multiple: true, default: [] },
      since: { type: 'string' },
      sample: { type: 'string' },
      seed: { type: 'string', default: '1' },
      threshold: { type: 'string', default: '95' },
      workers: { type: 'string', default: '2' },
    },
  })
  const { since, sample } = values
  return defined({
    paths: positionals.map((path) => path.replace(/^\.\//, '').replace(/\/+$/, '')),
    tests: values.tests,
    since,
    sample: sample === undefined ? undefined : whole('--sample', sample, 1),
    seed: whole('--seed', values.seed, 0),
    threshold: percent(values.threshold),
    workers: whole('--workers', values.workers, 1),
  })
}

function whole(name: string, text: string, least: number): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value
  throw new Error(`${name} is ${JSON.stringify(text)}; it must be a whole number from ${least}`)
}

function percent(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value >= 0 && value <= 100) return value
  throw new Error(`--threshold is ${JSON.stringify(text)}; it must be a number from 0 to 100`)
}
