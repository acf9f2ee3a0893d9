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

function misspelled(type: string, meant: string): string {
  return `"${type}" is no error type of Compozy; did you mean "${meant}"?`
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

  it.each([
    ['ToolError', '"ToolError" names no error of a tool'],
    ['ToolError:', '"ToolError:" names no error of a tool'],
    ...[
      'toolerror:Declined',
      'tool_error:Declined',
      'ToolErrors:Declined',
      'ToolError: Declined',
    ].map((type) => [type, misspelled(type, 'ToolError:Declined')]),
    ['ToolTimeouted', misspelled('ToolTimeouted', 'ToolTimeout')],
  ])('Should not name %s as an error that is not retried', (type, message) => {
    const retry_policy = { non_retryable_error_types: ['Declined', type] }
    expect(retryOf({ retry_policy }).messages).toEqual([message])
  })

  it.each(['ToolError:Declined', 'MyToolError:Declined', 'InvalidToolOutputSet', 'ToolTimeout'])(
    'Should take %s for an error that is not retried',
    (type) => {
      const retry_policy = { non_retryable_error_types: [type] }
      const { retry, messages } = retryOf({ retry_policy })
      expect([retry?.non_retryable_error_types, messages]).toEqual([[type], []])
    },
  )
})
