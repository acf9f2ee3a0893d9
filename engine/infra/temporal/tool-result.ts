import { isJsonObject, type JsonValue } from '../../core/json.ts'
import type { TaskError } from '../../core/task-error.ts'

/** The error of a call that somebody completed by hand, without the result of a tool. */
export const foreignResult: TaskError = {
  type: 'ToolCrashed',
  message: 'the call was completed from outside, without the result of a tool',
}

/** Reports whether a call was completed by a worker: a client of Temporal may complete it too. */
export function isToolResult(result: JsonValue): boolean {
  if (!isJsonObject(result)) return false
  const { ok, error, observations = [] } = result
  return (
    Array.isArray(observations) && (ok === true || (ok === false && isJsonObject(error ?? null)))
  )
}
