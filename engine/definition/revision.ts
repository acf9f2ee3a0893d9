import type { InterpreterRevision } from './run-protocol.ts'

/**
 * How the build id of a worker begins: it names the interpreter's rules. Temporal records the build
 * id with each workflow task, so a run keeps the rules of the worker that began it, at no cost in
 * its history.
 */
export const buildIdPrefix = 'compozy-r8-'

const newest: InterpreterRevision = 8

const olderRevisions = [1, 2, 3, 4, 5, 6, 7] as const

/** Returns the rules that a worker with this build id follows. */
export function revisionOf(buildId: string | undefined): InterpreterRevision {
  const [, number] = /^compozy-r(\d+)-/.exec(buildId ?? '') ?? []
  if (number === undefined) return 1
  return olderRevisions.find((revision) => String(revision) === number) ?? newest
}
