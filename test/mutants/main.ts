import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { globSync } from 'tinyglobby'
import { readEquivalents } from './equivalent.ts'
import { instrument, type Mutant } from './instrument.ts'
import { killedIn, readNotes } from './journal.ts'
import { type MutantOptions, readMutantOptions, usage } from './options.ts'
import {
  formatScores,
  formatSurvivors,
  judge,
  type Judged,
  scoreOf,
  staleEquivalents,
} from './report.ts'
import { sample } from './sample.ts'
import { supervise } from './supervise.ts'
import { type MutantTarget, mutantTargets } from './targets.ts'
import { refusedByTypes } from './type-check.ts'

const root = resolve(import.meta.dirname, '../..')

function fail(message: string): never {
  process.stderr.write(`mutants: ${message}\n\n${usage}\n`)
  process.exit(2)
}

function readOptions(): MutantOptions {
  const args = process.argv.slice(2)
  if (args.includes('--help')) {
    process.stdout.write(`${usage}\n`)
    process.exit(0)
  }
  try {
    return readMutantOptions(args)
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error))
  }
}

/** Code of a target: no tests, and nothing that only serves tests. */
function sourcesOf(target: MutantTarget): readonly string[] {
  return globSync(
    target.sources.map((folder) => `${folder}/**/*.ts`),
    {
      cwd: root,
      ignore: ['**/*.test.ts', '**/testing/**', '**/fixtures/**', '**/test-support.ts'],
    },
  ).toSorted()
}

function chosenSources(target: MutantTarget, options: MutantOptions): readonly string[] {
  const { paths, since } = options
  const changed =
    since === undefined
      ? undefined
      : new Set(
          execFileSync('git', ['diff', '--name-only', since], {
            cwd: root,
            encoding: 'utf8',
          }).split('\n'),
        )
  return sourcesOf(target).filter(
    (file) =>
      (changed === undefined || changed.has(file)) &&
      (paths.length === 0
        ? target.judged
        : paths.some((path) => file === path || file.startsWith(`${path}/`))),
  )
}

/** Test files of some globs, in the order of the globs; those beside mutated code come first. */
function testFiles(globs: readonly string[], mutated: readonly string[]): readonly string[] {
  const folders = new Set(mutated.map((file) => dirname(file)))
  const ignore = ['**/*.slow.test.ts', 'node_modules/**']
  const tests = [
    ...new Set(globs.flatMap((glob) => globSync(glob, { cwd: root, ignore }).toSorted())),
  ]
  const isNear = (test: string): boolean => folders.has(dirname(test))
  return [...tests.filter(isNear), ...tests.filter((test) => !isNear(test))]
}

interface Job {
  readonly mutants: readonly Mutant[]
  readonly sources: ReadonlyMap<string, string>
  readonly tests: readonly string[]
}

/** Runs the tests over the mutants, and gives each mutant its verdict. */
async function run(job: Job, workers: number): Promise<readonly Judged[]> {
  const folder = mkdtempSync(join(tmpdir(), 'compozy-mutants-'))
  try {
    const journal = join(folder, 'journal.jsonl')
    const plan = {
      root,
      journal,
      sources: storeSources(folder, job.sources),
      selected: job.mutants.map(({ id }) => id),
      files: job.tests.map((file) => join(root, file)),
      fresh: [],
      workers,
    }
    await supervise(folder, plan, showProgress(journal, plan.selected.length, plan.files.length))
    const notes = readNotes(journal)
    for (const entry of notes) {
      if (entry.type === 'broken') {
        process.stderr.write(`mutants: "${entry.test}" fails without a mutant (${entry.file})\n`)
      }
    }
    return judge(job.mutants, notes, readEquivalents())
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Writes the instrumented text to disk; returns where, by the path of the source. */
function storeSources(folder: string, sources: Job['sources']): Record<string, string> {
  const stored: Record<string, string> = {}
  for (const [file, text] of sources) {
    const path = join(folder, file.replaceAll('/', '__'))
    writeFileSync(path, text)
    stored[join(root, file)] = path
  }
  return stored
}

/** Says every ten seconds how far the run is. */
function showProgress(journal: string, mutants: number, files: number): () => void {
  const started = Date.now()
  let last = started
  return () => {
    if (Date.now() - last < 10_000) return
    last = Date.now()
    const notes = readNotes(journal)
    const done = notes.filter(({ type }) => type === 'file').length
    const anew = notes.filter(({ type }) => type === 'fresh').length
    const seconds = Math.round((last - started) / 1000)
    process.stdout.write(
      `${seconds} s: ${done} of ${files} test files, ${killedIn(notes).size} of ${mutants} mutants killed, ${anew} run anew\n`,
    )
  }
}

const options = readOptions()
const wanted = mutantTargets
  .map((target) => ({ target, files: chosenSources(target, options) }))
  .filter(({ files }) => files.length > 0)
if (wanted.length === 0 && options.since === undefined) fail('no source file matches')

const started = Date.now()
const files = wanted.flatMap((part) => part.files)
const { mutants: all, sources } = await instrument(root, files)
const refused = refusedByTypes(root, all)
const mutants = all.filter(({ id }) => !refused.has(id))
const chosen =
  options.sample === undefined ? mutants : sample(mutants, options.sample, options.seed)
const tests = testFiles(
  options.tests.length > 0 ? options.tests : wanted.flatMap((part) => part.target.tests),
  chosen.map(({ file }) => file),
)
process.stdout.write(
  `${chosen.length} of ${mutants.length} mutants in ${files.length} files (${refused.size} more do not compile), ${tests.length} test files${options.sample === undefined ? '' : `, seed ${options.seed}`}\n`,
)
const judged = await run({ mutants: chosen, sources, tests }, options.workers)

const survivors = formatSurvivors(judged)
if (survivors !== '') process.stdout.write(`\nNo test notices these:\n${survivors}\n`)
const groups = new Map(
  wanted.map(({ target, files: own }) => [
    target.name,
    judged.filter(({ file }) => own.includes(file)),
  ]),
)
const folders = new Map(
  [...new Set(judged.map(({ file }) => dirname(file)))].map((folder) => [
    folder,
    judged.filter(({ file }) => dirname(file) === folder),
  ]),
)
const seconds = Math.round((Date.now() - started) / 1000)
const isSample = options.sample !== undefined
process.stdout.write(
  `\n${formatScores(folders)}\n\n${formatScores(groups, isSample)}\n${seconds} s\n`,
)

const stale = isSample ? [] : staleEquivalents(readEquivalents(), judged, new Set(files))
for (const { file, original, replacement } of stale) {
  process.stdout.write(
    `equivalent.json lists a mutant that is killed or gone; delete it: ${file}: ${original} -> ${replacement}\n`,
  )
}
const below = [...groups].filter(([, group]) => scoreOf(group) < options.threshold)
for (const [name] of below) process.stdout.write(`${name} is below ${options.threshold} %\n`)
process.exit(below.length + stale.length > 0 ? 1 : 0)
