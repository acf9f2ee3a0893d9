import type { JsonObject } from '../core/json.ts'
import type { Path } from '../core/source.ts'
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
