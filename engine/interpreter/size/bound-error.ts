import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts'
import { bytesOver, cutText, jsonBytes, limits } from '../../core/limits.ts'
import type { TaskError } from '../../core/task-error.ts'

/** Lists in a cause that may hold one entry for each child or each value. */
const listKeys = ['errors', 'violations'] as const

/**
 * Returns a task's error small enough to travel with a run: errors stand in the run's failure, in
 * its task states and in what it carries. A cut says so, and how much there was.
 */
export function boundError(error: TaskError): TaskError {
  const message = cutText(error.message, limits.errorMessageBytes)
  const cause = error.cause === undefined ? undefined : boundCause(error.cause)
  if (message === error.message && cause === error.cause) return error
  return cause === undefined ? { ...error, message } : { ...error, message, cause }
}

/** Returns an error without its cause and with the start of its message, where room is short. */
export function shortError({ cause: _, ...error }: TaskError): TaskError {
  return { ...error, message: cutText(error.message, limits.shortMessageBytes) }
}

/**
 * Returns an error as it is if it fits in `bytes`, else without its cause and with a short message.
 */
export function fitError(error: TaskError, bytes: number, messageBytes: number): TaskError {
  if (bytesOver(error, bytes) === undefined) return error
  const { cause: _, ...rest } = error
  return { ...rest, message: cutText(error.message, messageBytes) }
}

function boundCause(cause: JsonObject): JsonObject {
  const bytes = bytesOver(cause, limits.errorCauseBytes)
  if (bytes === undefined) return cause
  const { type, message } = cause
  const bounded: Record<string, JsonValue> = {}
  if (typeof type === 'string') bounded['type'] = cutText(type, 1_024)
  if (typeof message === 'string') bounded['message'] = cutText(message, limits.errorMessageBytes)
  bounded['cut'] = `${bytes} bytes; the limit is ${limits.errorCauseBytes}`
  for (const key of listKeys) {
    const list = cause[key]
    if (!Array.isArray(list)) continue
    const kept = firstEntries(list as readonly JsonValue[], limits.errorCauseBytes / 2)
    bounded[key] = kept
    if (kept.length < list.length) bounded['more'] = list.length - kept.length
  }
  return bounded
}

/** The first entries, without their own causes, that fit together. */
function firstEntries(list: readonly JsonValue[], limit: number): JsonValue[] {
  const kept: JsonValue[] = []
  let bytes = 0
  for (const entry of list) {
    const { cause: _, ...bare } = isJsonObject(entry) ? entry : { cause: null, value: entry }
    bytes += jsonBytes(bare) + 1
    if (bytes > limit) return kept
    kept.push(bare)
  }
  return kept
}
