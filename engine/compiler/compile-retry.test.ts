import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../core/json.ts'
import { createReport } from '../schema/report.ts'
import { compileRetry } from './compile-retry.ts'

const place = { file: 'w.yaml', line: 1, column: 1, length: 1 }

function retryOf(raw: JsonObject) {
  const report = createReport({ file: 'w.yaml', value: raw, locate: () => place, lineAt: () => '' })
  const read = Object.fromEntries(Object.entries(raw).filter(([, value]) => value !== null))
  const retry = compileRetry(raw, read, [], report)
  return { retry, messages: report.diagnostics.map(({ message }) => message) }
}

describe('the retries of a task', () => {
  it('Should be three attempts with pauses of a second that double, unless the policy says otherwise', () => {
    const defaults = {
      maximum_attempts: 3,
      initial_interval: 1_000,
      backoff_coefficient: 2,
      maximum_interval: 60_000,
      non_retryable_error_types: [],
    }
    expect(retryOf({ retry_policy: {} })).toEqual({ retry: defaults, messages: [] })
    expect(retryOf({ retries: 0 }).retry).toEqual({ ...defaults, maximum_attempts: 1 })
    expect(retryOf({ retries: 4 }).retry).toEqual({ ...defaults, maximum_attempts: 5 })
    const policy = { maximum_attempts: 9, backoff_coefficient: 1 }
    expect(retryOf({ retry_policy: policy }).retry).toEqual({ ...defaults, ...policy })
    expect(retryOf({}).retry).toBeUndefined()
  })

  it('Should pause at most as long as the first pause where that is longer than a minute', () => {
    expect(retryOf({ retry_policy: { initial_interval: 90_000 } })).toMatchObject({
      retry: { maximum_interval: 90_000 },
      messages: [],
    })
  })

  it('Should be refused where the longest pause is shorter than the first, or both forms are given', () => {
    const pauses = (initial_interval: number, maximum_interval: number) =>
      retryOf({ retry_policy: { initial_interval, maximum_interval } }).messages
    expect(pauses(5, 4)).toEqual(['maximum_interval is shorter than initial_interval'])
    expect(pauses(5, 5)).toEqual([])
    expect(retryOf({ retries: 1, retry_policy: {} }).messages).toEqual([
      'both "retries" and "retry_policy"',
    ])
    expect(retryOf({ retries: 1, retry_policy: null }).messages).toEqual([])
    expect(retryOf({ retries: null, retry_policy: {} }).messages).toEqual([])
  })
})
