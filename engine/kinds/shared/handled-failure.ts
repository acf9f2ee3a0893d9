import { cutText } from '../../core/limits.ts'
import type { TaskError } from '../../core/task-error.ts'

/** Characters of a handled failure's message that the failure of its handler repeats. */
const handledLength = 300

/**
 * Returns a failure that nothing handles. When a task that handled another failure fails itself,
 * its message names both: the first one is why the handler ran.
 */
export function namingHandled(error: TaskError, handled: TaskError | undefined): TaskError {
  if (handled === undefined) return error
  const { task, type, message } = handled
  const where = task === undefined ? '' : ` of task "${task}"`
  const first = `${type}: ${cutText(message, handledLength)}`
  return { ...error, message: `${error.message} (while handling the failure${where}: ${first})` }
}
