import { createHash, randomUUID } from 'node:crypto'
import { isJsonObject, type JsonValue } from '../../../core/json.ts'
import type { StartRequest } from '../../../executions.ts'
import type { RunStart } from '../../../definition/workflow-ir.ts'

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

/**
 * A new execution's id: readable by its workflow, unique by a UUID; with a key always the same one. A key given with an
 * event is another than the same text given with a start.
 */
export function execIdFor(
  taskQueue: string,
  { workflowId, trigger, idempotencyKey }: Omit<StartRequest, 'input'>,
): string {
  if (idempotencyKey === undefined) return `${workflowId}-${randomUUID()}`
  const { type, name = null } = trigger
  return `${workflowId}-${hashOf([taskQueue, workflowId, type, name, idempotencyKey]).slice(0, 32)}`
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
