import type { JsonValue } from '../../core/json.ts'
import { bytesText, jsonBytes, limits } from '../../core/limits.ts'

/** `{"id":,"payload":,"receivedAt":1700000000000}` and a comma. */
const wrapperBytes = 48

/** Returns the bytes that a signal adds to what a run carries while no task takes it. */
export function keptSignalBytes(name: string, payload: JsonValue): number {
  return wrapperBytes + jsonBytes(name) + jsonBytes(payload)
}

/** Says that a run takes no further signal of a name. */
export function fullOfSignals(execId: string, name: string): string {
  return (
    `run ${execId} keeps as many signals "${name}" as it may until a task takes some: ` +
    `${limits.pendingSignals}, or ${bytesText(limits.pendingSignalBytes)} of all names`
  )
}
