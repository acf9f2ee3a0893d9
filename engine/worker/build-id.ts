import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { WorkflowBundleOption } from '@temporalio/worker'
import { buildIdPrefix } from '../definition/revision.ts'

/** Names the workflow code of a worker: the rules it knows, and its text. */
export function buildIdOf(bundle: WorkflowBundleOption): string {
  const code = 'code' in bundle ? bundle.code : readFileSync(bundle.codePath)
  return `${buildIdPrefix}${createHash('sha256').update(code).digest('hex').slice(0, 16)}`
}
