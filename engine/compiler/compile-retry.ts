import type { JsonObject } from '../core/json.ts'
import type { Path } from '../core/source.ts'
import { didYouMean } from '../core/nearest.ts'
import { taskErrorTypes } from '../core/task-error.ts'
import type { RetryIr } from '../definition/task-ir.ts'
import type { Report } from '../schema/report.ts'

/**
 * Compiles `retry_policy` or its short form `retries`, with defaults filled in. Returns undefined
 * without either: one attempt.
 * @param raw the task as written, `read` the same checked
 */
export function compileRetry(
  raw: JsonObject,
  read: Readonly<Record<string, unknown>>,
  path: Path,
  report: Report,
): RetryIr | undefined {
  const policy = read['retry_policy'] as Partial<RetryIr> | undefined
  const retries = read['retries'] as number | undefined
  if ((raw['retries'] ?? null) !== null && (raw['retry_policy'] ?? null) !== null)
    report.error([...path, 'retries'], 'both "retries" and "retry_policy"', {
      key: true,
      hint: 'retries: N is short for retry_policy: {maximum_attempts: N+1}; keep one of them',
    })
  if (policy === undefined && retries === undefined) return undefined
  policy?.non_retryable_error_types?.forEach((type, i) =>
    warnOfErrorType(type, [...path, 'retry_policy', 'non_retryable_error_types', i], report),
  )
  const settled: RetryIr = {
    maximum_attempts: retries === undefined ? 3 : retries + 1,
    initial_interval: 1_000,
    backoff_coefficient: 2,
    maximum_interval: Math.max(60_000, policy?.initial_interval ?? 0),
    non_retryable_error_types: [],
    ...policy,
  }
  if (settled.maximum_interval < settled.initial_interval)
    report.error(
      [...path, 'retry_policy', 'maximum_interval'],
      'maximum_interval is shorter than initial_interval',
    )
  return settled
}

/** How many characters longer or shorter a misspelled type may be. */
const misspelledBy = 2

/**
 * Warns of a type that nearly names one of the closed types. Any other word may be the name of an
 * error that a tool throws.
 */
function warnOfErrorType(type: string, path: Path, report: Report): void {
  const name = /^tool_?errors?: *(.*)/i.exec(type)?.[1]
  if (type === 'ToolError' || type === 'ToolError:')
    return report.warning(path, `"${type}" names no error of a tool`, {
      hint: 'write ToolError:<name>, or the bare name of the error',
    })
  const isToolError = name !== undefined && type !== `ToolError:${name}`
  const near = taskErrorTypes.filter(
    (known) => Math.abs(known.length - type.length) <= misspelledBy,
  )
  const meant = isToolError ? `; did you mean "ToolError:${name}"?` : didYouMean(type, near)
  if (meant === '' || near.some((known) => known === type)) return
  report.warning(path, `"${type}" is no error type of Compozy${meant}`, {
    hint: 'as it stands, it is the name of an error that a tool throws',
  })
}
