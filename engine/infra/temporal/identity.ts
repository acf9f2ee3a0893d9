import { createHash, randomUUID } from 'node:crypto'
import { isJsonObject, type JsonValue } from '../../core/json.ts'
import type { RunStart } from '../../workflow/ir.ts'

/** JSON with sorted keys: equal values, equal text. */
function canonical(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (!isJsonObject(value)) return JSON.stringify(value)
  const entries = Object.keys(value)
    .toSorted()
    .map((key) => `${JSON.stringify(key)}:${canonical(value[key]!)}`)
  return `{${entries.join(',')}}`
}

/** sha256 of a value's canonical JSON, in hex. */
export function hashOf(value: JsonValue): string {
  return createHash('sha256').update(canonical(value)).digest('hex')
}

/** A new execution's id: readable by its workflow, unique by a UUID; with a key always the same one. */
export function execIdFor(taskQueue: string, workflowId: string, key: string | undefined): string {
  if (key === undefined) return `${workflowId}-${randomUUID()}`
  return `${workflowId}-${hashOf([taskQueue, workflowId, key]).slice(0, 32)}`
}

/** Memo of every run: which definition it runs, and the hash that tells one input from another. */
export function memoOf(start: RunStart): Readonly<Record<string, string>> {
  const { version } = start.definition
  return {
    definition_sha256: start.sha256,
    input_sha256: hashOf(start.input),
    ...(version !== undefined && { workflow_version: version }),
  }
}
