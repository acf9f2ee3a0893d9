import type { InterpreterRevision } from './run-protocol.ts'

/** Every revision of the interpreter, each true: one without a line here does not compile. */
const known: Readonly<Record<InterpreterRevision, true>> = {
  1: true,
  2: true,
  3: true,
  4: true,
  5: true,
  6: true,
  7: true,
  8: true,
}

const revisions = Object.keys(known).map(Number) as InterpreterRevision[]
const newest = revisions.at(-1)!

/**
 * How the build id of a worker begins: it names the interpreter's rules. Temporal records the build
 * id with each workflow task, so a run keeps the rules of the worker that began it, at no cost in
 * its history.
 */
export const buildIdPrefix = `compozy-r${newest}-`

/** Returns the rules that a worker with this build id follows. */
export function revisionOf(buildId: string | undefined): InterpreterRevision {
  const [, number] = /^compozy-r(\d+)-/.exec(buildId ?? '') ?? []
  if (number === undefined) return 1
  return revisions.find((revision) => String(revision) === number) ?? newest
}
