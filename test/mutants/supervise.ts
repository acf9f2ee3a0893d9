import { spawn } from 'node:child_process'
import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { type Attempt, killedIn, note, type Note, readNotes } from './journal.ts'
import { type Plan, planVariable } from './plan.ts'

/** A run in which no worker notes anything for so long hangs outside of every mutant. */
const stallMs = 300_000

/** Runs every test file of a plan, and then what must be started anew. */
export async function supervise(folder: string, plan: Plan, progress: () => void): Promise<void> {
  writeFileSync(plan.journal, '')
  let files = plan.files
  while (files.length > 0) {
    const notes = readNotes(plan.journal)
    const spoilers = new Set(
      notes.flatMap((entry) => (entry.type === 'spoiled' ? entry.mutant : [])),
    )
    const selected = plan.selected.filter((mutant) => !spoilers.has(mutant))
    const stalled = await runOnce(folder, { ...plan, files, selected, fresh: [] }, progress)
    files = filesLeft(files, readNotes(plan.journal).slice(notes.length), stalled)
  }
  let fresh = freshRuns(plan, readNotes(plan.journal))
  while (fresh.length > 0) {
    await runOnce(folder, { ...plan, files: [], fresh }, progress)
    const decided = new Set(
      readNotes(plan.journal).map((entry) =>
        'mutant' in entry && decides(entry) ? entry.mutant : '',
      ),
    )
    const left = fresh.filter(({ mutant }) => !decided.has(mutant))
    if (left.length === fresh.length) throw new Error('a test run ended without a result')
    fresh = left
  }
}

function decides(entry: Note): boolean {
  return entry.type === 'fresh' || (entry.type === 'end' && entry.outcome === 'timeout')
}

/** A file that ended no matter how is not run again, unless a mutant spoiled or hung it. */
export function filesLeft(
  files: readonly string[],
  notes: readonly Note[],
  stalled: boolean,
): readonly string[] {
  const done = new Set<string>()
  const again = new Set<string>()
  for (const entry of notes) {
    if (entry.type === 'file') done.add(entry.file)
    if (entry.type === 'spoiled') again.add(entry.file)
  }
  return files.filter((file) => again.has(file) || (stalled && !done.has(file)))
}

/**
 * Mutants that a repeated test cannot judge: they run while modules load, they spoiled a test, or
 * something that was remembered kept them from running.
 */
export function freshRuns(plan: Plan, notes: readonly Note[]): Plan['fresh'] {
  const killed = killedIn(notes)
  const files = new Map<string, Set<string>>()
  const hits = new Map<string, number>()
  const add = (mutant: string, file: string): void => {
    files.set(mutant, (files.get(mutant) ?? new Set()).add(file))
  }
  for (const entry of notes) {
    if (entry.type === 'end') {
      hits.set(entry.mutant, (hits.get(entry.mutant) ?? 0) + entry.hits)
    }
  }
  for (const entry of notes) {
    if (entry.type === 'file') for (const mutant of entry.atLoad) add(mutant, entry.file)
    if (entry.type === 'spoiled') add(entry.mutant, entry.file)
    if (entry.type === 'end' && hits.get(entry.mutant) === 0) add(entry.mutant, entry.file)
  }
  return plan.selected
    .filter((mutant) => files.has(mutant) && !killed.has(mutant))
    .map((mutant) => ({ mutant, files: [...(files.get(mutant) ?? [])] }))
}

/** Runs a plan in its own process; true when a mutant hung it and it was killed. */
async function runOnce(folder: string, plan: Plan, progress: () => void): Promise<boolean> {
  const path = join(folder, 'plan.json')
  writeFileSync(path, JSON.stringify(plan))
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', join(import.meta.dirname, 'run-plan.ts')],
    {
      cwd: plan.root,
      stdio: ['ignore', 'ignore', 'inherit'],
      // Node warns of a leak of listeners in a test that is repeated often.
      env: { ...process.env, [planVariable]: path, NODE_NO_WARNINGS: '1' },
    },
  )
  const from = readNotes(plan.journal).length
  const ended = new Promise<true>((resolve) => child.once('exit', () => resolve(true)))
  const started = Date.now()
  while (!(await Promise.race([ended, wait(1_000, false)]))) {
    progress()
    const hanging = openAttempts(readNotes(plan.journal).slice(from)).filter(
      ({ hangsAt }) => Date.now() > hangsAt,
    )
    const lastNote = Math.max(started, statSync(plan.journal).mtimeMs)
    const isStalled = Date.now() - lastNote > stallMs
    if (hanging.length > 0 || isStalled) {
      child.kill('SIGKILL')
      await ended
      if (isStalled) throw new Error('the tests hang without a mutant')
      for (const { worker, mutant, file } of hanging) {
        note(plan.journal, { type: 'end', worker, mutant, file, outcome: 'timeout', hits: 1 })
      }
      return true
    }
  }
  return false
}

/** Attempts that were begun and never ended. */
export function openAttempts(notes: readonly Note[]): readonly Attempt[] {
  const open = new Map<string, Attempt>()
  for (const entry of notes) {
    if (entry.type === 'begin') open.set(entry.worker, entry)
    if (entry.type === 'end') open.delete(entry.worker)
    if (entry.type === 'spoiled' || entry.type === 'fresh') {
      for (const [worker, { mutant }] of open) if (mutant === entry.mutant) open.delete(worker)
    }
  }
  return [...open.values()]
}
