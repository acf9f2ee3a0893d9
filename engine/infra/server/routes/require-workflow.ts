import { CompozyError } from '../../../core/errors.ts'
import { didYouMean } from '../../../core/nearest.ts'
import type { Project } from '../../../project/project.ts'

/** Throws CompozyError `not_found` with the nearest name where the project has no such workflow. */
export function requireWorkflow(id: string | undefined, { workflows }: Project): void {
  if (id === undefined || workflows.has(id)) return
  throw new CompozyError('not_found', `no workflow "${id}"${didYouMean(id, workflows.keys())}`)
}
