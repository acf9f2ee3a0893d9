import type { ApplicationFailure } from '@temporalio/common'
import { describe, expect, it } from 'vitest'
import { CompozyError, errorCodes } from '../core/errors.ts'
import { toActivityFailure } from './activity-failure.ts'

describe('the failure of an activity', () => {
  it('Should be repeated only where another time may mend it', () => {
    const failures = errorCodes.map((code) =>
      toActivityFailure(new CompozyError(code, 'no')),
    ) as ApplicationFailure[]
    const repeated = failures.flatMap(({ type, nonRetryable }) => (nonRetryable ? [] : [type]))
    expect(repeated).toEqual([
      'limit_reached',
      'temporal_unavailable',
      'temporal_timeout',
      'temporal_failed',
      'unavailable',
    ])
    expect(failures.find(({ type }) => type === 'conflict')?.nonRetryable).toBe(true)
  })

  it('Should carry the code, the message and the violations', () => {
    const violations = [{ pointer: '/n', message: 'must be integer' }]
    const failure = toActivityFailure(new CompozyError('input_invalid', 'no', { violations }))
    expect(failure).toMatchObject({
      type: 'input_invalid',
      message: 'no',
      details: [{ violations }],
    })
    const plain = toActivityFailure(new CompozyError('conflict', 'closed'))
    expect(plain).toMatchObject({ type: 'conflict', message: 'closed', details: [] })
  })

  it('Should leave what is no CompozyError as it is', () => {
    const error = new TypeError('no')
    expect(toActivityFailure(error)).toBe(error)
  })
})
