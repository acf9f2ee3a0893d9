import { createHash, randomUUID } from 'node:crypto'
import { defined } from '../../../core/defined.ts'
import { isJsonObject, type JsonValue } from '../../../core/json.ts'
import type { StartRequest } from '../../../executions.ts'
import type { RunStart } from '../../../definition/workflow-ir.ts'

/** JSON with sorted keys, so that equal values give equal text. */
function canonical(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (!isJsonObject(value)) return JSON.stringify(value)
  const entries = Object.keys(value)
    .toSorted()
    .map((key) => `${JSON.stringify(key)}:${canonical(value[key]!)}`)
  return `{${entries.join(',')}}`
}

/** Returns the SHA-256 of a value's canonical JSON, in hex. */
export function hashOf(value: JsonValue): string {
  return createHash('sha256').update(canonical(value)).digest('hex')
}

/**
 * Returns the id of a new execution: the workflow and a UUID, or with an idempotency key always the
 * same id. Keys of events and keys of starts are separate.
 */
export function execIdFor(
  taskQueue: string,
  { workflowId, trigger, idempotencyKey }: Omit<StartRequest, 'input'>,
): string {
  if (idempotencyKey === undefined) return `${workflowId}-${randomUUID()}`
  const { type, name = null } = trigger
  return `${workflowId}-${hashOf([taskQueue, workflowId, type, name, idempotencyKey]).slice(0, 32)}`
}

/** How the exec_id of every run begins that repeats this one, or one that this one repeats. */
export function rerunPrefixOf(execId: string): string {
  return `${execId.replace(/~[0-9a-f]{12}$/, '')}~`
}

/** Returns the id of a run that repeats another one; with an idempotency key always the same. */
export function rerunIdFor(execId: string, idempotencyKey: string | undefined): string {
  const text = idempotencyKey === undefined ? randomUUID() : hashOf([execId, idempotencyKey])
  return `${rerunPrefixOf(execId)}${text.replaceAll('-', '').slice(0, 12)}`
}

/** Returns the memo of a run: hashes of its definition and its input. */
export function memoOf(start: RunStart): Readonly<Record<string, string>> {
  const { version } = start.definition
  return defined({
    definition_sha256: start.sha256,
    input_sha256: hashOf(start.input),
    workflow_version: version,
  })
}
