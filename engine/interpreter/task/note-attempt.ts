import { cutText, limits } from '../../core/limits.ts'
import type { TaskError } from '../../core/task-error.ts'
import type { TaskProgress } from './task-progress.ts'

/** The last failed attempts of a task whose errors its view shows. */
const keptAttempts = 5

/**
 * Keeps the error of an attempt that another one follows: a retry that succeeds hides it otherwise.
 */
export function noteAttempt(record: TaskProgress, error: TaskError, at: number): void {
  const { type, message } = error
  const failed = {
    attempt: record.attempts,
    type,
    message: cutText(message, limits.shortMessageBytes),
    at,
  }
  record.failedAttempts = [...(record.failedAttempts ?? []), failed].slice(-keptAttempts)
}
