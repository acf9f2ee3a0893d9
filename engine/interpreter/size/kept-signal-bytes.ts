import type { JsonValue } from '../../core/json.ts'
import { jsonBytes } from '../../core/limits.ts'

/** `{"id":,"payload":,"receivedAt":1700000000000}` and a comma. */
const wrapperBytes = 48

/** Returns the bytes that a signal adds to what a run carries while no task takes it. */
export function keptSignalBytes(name: string, payload: JsonValue): number {
  return wrapperBytes + jsonBytes(name) + jsonBytes(payload)
}
