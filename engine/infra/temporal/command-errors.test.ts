import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  ChildWorkflowFailure,
  defaultFailureConverter,
  defaultPayloadConverter,
  RetryState,
  TerminatedFailure,
  TimeoutFailure,
  TimeoutType,
} from '@temporalio/common'
import { describe, expect, it } from 'vitest'
import type { TaskError } from '../../core/task-error.ts'
import type { DispatchedCommand } from './command-errors.ts'
import { commandErrorOf, exceededLimitOf, toolCallFailure } from './command-errors.ts'

const error: TaskError = { type: 'LimitExceeded', message: 'the env of tool "pay" is too large' }

/** The failure of a tool's activity, as a run receives it from Temporal. */
function received(failure: ApplicationFailure): ActivityFailure {
  const sent = defaultFailureConverter.errorToFailure(failure, defaultPayloadConverter)
  const cause = defaultFailureConverter.failureToError(sent, defaultPayloadConverter)
  return new ActivityFailure('failed', 'pay', '1', RetryState.NON_RETRYABLE_FAILURE, 'w', cause)
}

describe('the failure of a tool call', () => {
  it('Should carry the error, and the limit that was exceeded', () => {
    const failure = received(toolCallFailure(error, 'tool_env'))
    expect(exceededLimitOf(failure)).toBe('tool_env')
    expect(commandErrorOf({ type: 'call_tool' } as DispatchedCommand, failure)).toEqual(error)
  })

  it('Should name no limit where none was exceeded, or none that is known', () => {
    const boom: TaskError = { type: 'ToolError:Boom', message: 'it broke' }
    const failure = received(toolCallFailure(boom, undefined))
    expect(exceededLimitOf(failure)).toBeUndefined()
    expect(commandErrorOf({ type: 'call_tool' } as DispatchedCommand, failure)).toEqual(boom)
    const newer = ApplicationFailure.create({ type: error.type, details: [error, 'tool_size'] })
    expect(exceededLimitOf(received(newer))).toBeUndefined()
    expect(exceededLimitOf(new Error('no connection'))).toBeUndefined()
  })
})

describe('the failure of a child run', () => {
  it.each([
    ['canceled', new CancelledFailure(''), 'it was canceled'],
    ['terminated', new TerminatedFailure('Terminated'), 'it was terminated'],
    ['timed out', new TimeoutFailure('', undefined, TimeoutType.START_TO_CLOSE), 'it timed out'],
    ['failed', ApplicationFailure.nonRetryable('boom'), 'boom'],
  ])('Should say how it ended when it %s', (_, cause, end) => {
    const command = { type: 'start_child', workflowId: 'kid', execId: 'p.a' } as DispatchedCommand
    const execution = { workflowId: 'p.a', runId: 'r' }
    const thrown = new ChildWorkflowFailure(
      'default',
      execution,
      'kid',
      RetryState.NON_RETRYABLE_FAILURE,
      cause,
    )
    expect(commandErrorOf(command, thrown)).toEqual({
      type: 'ChildFailed',
      message: `kid (p.a): ${end}`,
    })
  })
})

describe('the failure of an event', () => {
  const command = { type: 'publish_event', name: 'paid' } as DispatchedCommand
  const violations = [{ pointer: '/a', message: 'is required' }]

  it('Should say what of the payload was refused', () => {
    const refusal = ApplicationFailure.nonRetryable('no', 'input_invalid', { violations })
    expect(commandErrorOf(command, received(refusal))).toEqual({
      type: 'SignalNotDelivered',
      message: 'event "paid": no',
      cause: { code: 'input_invalid', violations },
    })
  })

  it('Should have no cause where Temporal gave no answer', () => {
    const lost = ApplicationFailure.create({ message: 'lost', type: 'unavailable' })
    expect(commandErrorOf(command, received(lost))).toEqual({
      type: 'SignalNotDelivered',
      message: 'event "paid": lost',
    })
  })
})
