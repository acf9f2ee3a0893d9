import { interpreterRevisions, type InterpreterRevision } from './run-protocol.ts'

const newest = interpreterRevisions[interpreterRevisions.length - 1]!

/**
 * How the build id of a worker begins: it names the interpreter's rules. Temporal records the build
 * id with each workflow task, so a run keeps the rules of the worker that began it, at no cost in
 * its history.
 */
export const buildIdPrefix = `compozy-r${newest}-`

/**
 * Returns the rules that a worker with this build id follows; the newest known ones for a newer
 * build.
 */
export function revisionOf(buildId: string | undefined): InterpreterRevision {
  const [, number] = /^compozy-r(\d+)-/.exec(buildId ?? '') ?? []
  if (number === undefined) return 1
  return interpreterRevisions.find((revision) => String(revision) === number) ?? newest
}
