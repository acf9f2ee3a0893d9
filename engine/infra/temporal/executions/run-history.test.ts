import {
  ApplicationFailure,
  CancelledFailure,
  TerminatedFailure,
  TimeoutFailure,
  TimeoutType,
} from '@temporalio/common'
import { describe, expect, it } from 'vitest'
import { taskErrorOf, tasksOfResult, tasksOfFailure } from './run-history.ts'

const taskError = { type: 'NoRoute', message: 'no route for "x"', task: 'choose', attempts: 1 }
const timeout = new TimeoutFailure(
  'Workflow execution timed out',
  undefined,
  TimeoutType.START_TO_CLOSE,
)

describe('taskErrorOf', () => {
  it.each([
    [
      'the TaskError in a failure',
      ApplicationFailure.create({ type: 'NoRoute', details: [taskError, { tasks: {} }] }),
      taskError,
    ],
    [
      'a failure of somebody else',
      ApplicationFailure.create({ type: 'UnknownWorkflow', message: 'no definition' }),
      { type: 'ToolError:UnknownWorkflow', message: 'no definition' },
    ],
    [
      'a failure with other details',
      ApplicationFailure.create({ message: 'odd', details: [{ type: 7 }] }),
      { type: 'ToolError:Error', message: 'odd' },
    ],
    [
      'a canceled run',
      new CancelledFailure('Workflow canceled'),
      { type: 'Cancelled', message: 'the run was canceled' },
    ],
    [
      'the reason of a termination',
      new TerminatedFailure('enough'),
      { type: 'Terminated', message: 'enough' },
    ],
    [
      'a run that took too long',
      timeout,
      { type: 'TaskTimeout', message: 'the run took longer than its config.timeout allows' },
    ],
    ['anything else', new Error('boom'), { type: 'ChildFailed', message: 'boom' }],
    ['nothing', undefined, { type: 'ChildFailed', message: 'undefined' }],
  ])('Should show %s', (_, cause, expected) => {
    expect(taskErrorOf(cause)).toEqual(expected)
  })
})

describe('the states of tasks in what a run ended with', () => {
  const tasks = { pay: { type: 'basic', status: 'completed', attempts: 1 } }

  it('Should be found in a result and in a failure', () => {
    expect(tasksOfResult({ output: 1, tasks })).toEqual(tasks)
    expect(tasksOfFailure(ApplicationFailure.create({ details: [taskError, { tasks }] }))).toEqual(
      tasks,
    )
  })

  it.each([
    ['result', null],
    ['result', 'text'],
    ['result', { output: 1 }],
    ['result', { tasks: 'none' }],
    ['result', { tasks: null }],
    ['result', { output: 1, tasks: {} }],
  ])('Should be null for the %s %j', (_, result) => {
    expect(tasksOfResult(result)).toBeNull()
  })

  it.each([
    ['that is not of ours', ApplicationFailure.create({ message: 'odd', details: [{ type: 7 }] })],
    ['by a cancellation', new CancelledFailure('Workflow canceled')],
    ['by a termination', new TerminatedFailure('enough')],
  ])('Should be null for an end %s', (_, cause) => {
    expect(tasksOfFailure(cause)).toBeNull()
  })
})
