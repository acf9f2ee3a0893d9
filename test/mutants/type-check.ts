import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Mutant } from './instrument.ts'

/**
 * Finds the mutants that do not compile: the type check refuses them before any test runs. Each is
 * a copy of its file with the change made, and one run of the compiler reads all copies.
 */
export function refusedByTypes(root: string, mutants: readonly Mutant[]): ReadonlySet<string> {
  const cache = join(root, '.cache')
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'mutants-'))
  try {
    writeFileSync(join(folder, 'package.json'), '{"type": "module"}')
    const files = [...new Set(mutants.map(({ file }) => file))]
    const controls = new Map(files.map((file, i) => [file, `control${i}.ts`]))
    for (const [file, name] of controls) writeFileSync(join(folder, name), copyOf(root, file))
    const names = new Map(mutants.map((mutant) => [mutant.id, `mutant${mutant.id}.ts`]))
    for (const mutant of mutants)
      writeFileSync(join(folder, names.get(mutant.id)!), copyOf(root, mutant.file, mutant))
    const errors = compile(root, folder, [...controls.values(), ...names.values()])
    const refused = mutants.filter(({ id, file }) => {
      // A copy of a class is another class to its neighbors: such errors are in the control too.
      const usual = errors.get(controls.get(file)!) ?? new Set()
      return [...(errors.get(names.get(id)!) ?? [])].some((message) => !usual.has(message))
    })
    return new Set(refused.map(({ id }) => id))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The text of a file, with one change, for a folder of another depth. */
function copyOf(root: string, file: string, mutant?: Mutant): string {
  const text = readFileSync(join(root, file), 'utf8')
  const { start, end, replacement } = mutant ?? { start: 0, end: 0, replacement: '' }
  const changed = text.slice(0, start) + replacement + text.slice(end)
  return changed.replaceAll(
    /((?:\bfrom|\bimport|\bimport\() ?')(\.{1,2}\/[^']+)(?=')/g,
    (_, before: string, path: string) => `${before}${join('../..', dirname(file), path)}`,
  )
}

/** The messages of the type checker, by the name of the file. */
function compile(
  root: string,
  folder: string,
  names: readonly string[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const config = join(folder, 'tsconfig.json')
  writeFileSync(
    config,
    JSON.stringify({
      extends: join(root, 'tsconfig.json'),
      include: [],
      exclude: [],
      files: names,
    }),
  )
  const compiler = join(root, 'node_modules/.bin/tsc')
  const { stdout, error } = spawnSync(compiler, ['--noEmit', '--pretty', 'false', '-p', config], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 1e9,
  })
  if (error !== undefined) throw error
  const messages = new Map<string, Set<string>>()
  const broken = new Set<string>()
  for (const [, name, code, message] of stdout.matchAll(
    /^([\w.]+)\(\d+,\d+\): error TS(\d+): (.*)$/gm,
  )) {
    // With an error of syntax in one file the compiler checks the types of none.
    if (Number(code) < 2_000) broken.add(name!)
    messages.set(name!, (messages.get(name!) ?? new Set()).add(message!))
  }
  if (broken.size === 0) return messages
  return compile(
    root,
    folder,
    names.filter((name) => !broken.has(name)),
  )
}
