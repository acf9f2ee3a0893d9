import { describe, expect, it } from 'vitest'
import type { TaskError } from '../../core/task-error.ts'
import type { RetryIr } from '../../definition/task-ir.ts'
import { pauseBeforeRetry } from './retry.ts'

const policy: RetryIr = {
  maximum_attempts: 4,
  initial_interval: 1_000,
  backoff_coefficient: 1.5,
  maximum_interval: 2_000,
  non_retryable_error_types: ['Declined', 'ChildFailed'],
}
const errorOf = (type: TaskError['type'], cause?: TaskError['cause']): TaskError =>
  cause === undefined ? { type, message: '' } : { type, message: '', cause }
const pauseAfter = (error: TaskError, attempts = 1, revision: 1 | 2 | 4 = 4) =>
  pauseBeforeRetry(policy, error, attempts, revision)
const crashed = errorOf('ToolCrashed')

describe('the pause before another attempt', () => {
  it('Should grow up to the longest one, in whole milliseconds', () => {
    expect([1, 2, 3].map((attempts) => pauseAfter(crashed, attempts))).toEqual([
      1_000, 1_500, 2_000,
    ])
    const odd = { ...policy, initial_interval: 3, maximum_interval: 9 }
    expect(pauseBeforeRetry(odd, crashed, 2, 4)).toBe(5)
  })

  it.each([1, 1_024, 1_025, 1_026, 9_999])(
    'Should stay 0 after %i attempts where the first pause is 0',
    (attempts) => {
      const patient = { ...policy, maximum_attempts: 10_000, backoff_coefficient: 2 }
      const none = { ...patient, initial_interval: 0 }
      expect(pauseBeforeRetry(none, crashed, attempts, 6)).toBe(0)
      expect(pauseBeforeRetry({ ...none, maximum_interval: 0 }, crashed, attempts, 6)).toBe(0)
    },
  )

  it('Should be the longest one where the growth overflows', () => {
    const patient = { ...policy, maximum_attempts: 10_000, backoff_coefficient: 100 }
    for (const attempts of [2, 155, 156, 1_025, 9_999])
      expect(pauseBeforeRetry(patient, crashed, attempts, 6)).toBe(2_000)
    const small = { ...patient, initial_interval: 1, backoff_coefficient: 1 }
    expect(pauseBeforeRetry(small, crashed, 9_999, 6)).toBe(1)
  })

  it('Should be none after the last attempt, nor without a policy', () => {
    expect([pauseAfter(crashed, 3), pauseAfter(crashed, 4), pauseAfter(crashed, 5)]).toEqual([
      2_000,
      undefined,
      undefined,
    ])
    expect(pauseBeforeRetry(undefined, crashed, 1, 4)).toBeUndefined()
  })

  it.each<[TaskError, boolean]>([
    [errorOf('InvalidToolInput'), false],
    [errorOf('TemplateError'), false],
    [errorOf('Cancelled'), false],
    [errorOf('ToolDenied'), false],
    [errorOf('LimitExceeded'), false],
    [errorOf('ToolError:Declined'), false],
    [errorOf('ToolError:DeclinedToo'), true],
    [errorOf('ChildFailed'), false],
    [errorOf('ToolError:ChildFailed'), false],
    [errorOf('ToolTimeout'), true],
  ])('Should depend on the error: %j, %s', (error, isRetried) => {
    expect(pauseAfter(error) !== undefined).toBe(isRetried)
  })

  it('Should be none for a child that refused its input', () => {
    const retried = { ...policy, non_retryable_error_types: [] }
    const pause = (error: TaskError, revision: 1 | 4) =>
      pauseBeforeRetry(retried, error, 1, revision)
    const refused = { code: 'input_invalid' }
    expect(pause(errorOf('ChildFailed', refused), 4)).toBeUndefined()
    expect(pause(errorOf('ChildFailed', { code: 'other' }), 4)).toBe(1_000)
    expect(pause(errorOf('ChildFailed'), 4)).toBe(1_000)
    expect(pause(errorOf('ToolCrashed', refused), 4)).toBe(1_000)
    expect(pause(errorOf('ChildFailed', refused), 1)).toBe(1_000)
  })

  it('Should be none for an event whose payload a listener refused', () => {
    const pause = (error: TaskError, revision: 8 | 9) =>
      pauseBeforeRetry(policy, error, 1, revision)
    const refused = errorOf('SignalNotDelivered', { code: 'input_invalid' })
    expect([pause(refused, 9), pause(refused, 8)]).toEqual([undefined, 1_000])
    expect(pause(errorOf('SignalNotDelivered'), 9)).toBe(1_000)
  })

  it('Should follow the rules of the engine that began the run', () => {
    for (const type of ['ToolDenied', 'LimitExceeded'] as const)
      expect([pauseAfter(errorOf(type), 1, 1), pauseAfter(errorOf(type), 1, 2)]).toEqual([
        1_000,
        undefined,
      ])
    expect(pauseAfter(errorOf('TemplateError'), 1, 1)).toBeUndefined()
    const none = {
      ...policy,
      maximum_attempts: 10_000,
      backoff_coefficient: 2,
      initial_interval: 0,
    }
    expect(pauseBeforeRetry(none, crashed, 1_025, 5)).toBeNaN()
  })
})
