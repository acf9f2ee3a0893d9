import { describe, expect, it } from 'vitest'
import type { TaskError } from '../core/task-error.ts'
import { UnknownTaskKind } from '../kinds/kind.ts'
import { TaskFailed } from '../kinds/steps.ts'
import { TemplateError } from '../template/sandbox.ts'
import { defectEnd, EngineDefect, failureOf } from './failure.ts'

const by = { task: 'a', attempts: 2 }
const place = 'w.yaml:3:5'
const boom: TaskError = { type: 'ToolError:Boom', message: 'it broke' }

/** What `failureOf` throws. */
function thrownFor(thrown: unknown, task: typeof by | object = by): unknown {
  try {
    return failureOf(thrown, task, place)
  } catch (error) {
    return error
  }
}

describe('failureOf', () => {
  it('Should keep what a task failed with, its own name over that of its container', () => {
    const failed = new TaskFailed({ ...boom, task: 'inner' }, [boom], 'payload')
    expect(failureOf(failed, by, place)).toEqual({
      error: { ...boom, task: 'inner', attempts: 2 },
      errors: [boom],
      limit: 'payload',
    })
  })

  it('Should say where a template failed, with the path where one is known', () => {
    expect(failureOf(new TemplateError('no such key', 'w.yaml:4:1'), by, place)).toEqual({
      error: {
        ...by,
        type: 'TemplateError',
        message: 'w.yaml:4:1: no such key',
        cause: { place: 'w.yaml:4:1' },
      },
      errors: [],
      limit: undefined,
    })
    const inside = new TemplateError('no such key', 'w.yaml:4:1', { path: '.input.n' })
    expect(failureOf(inside, by, place).error.cause).toEqual({
      place: 'w.yaml:4:1',
      path: '.input.n',
    })
  })

  it('Should take what V8 refuses for an exceeded limit', () => {
    expect(failureOf(new RangeError('Invalid string length'), by, place)).toEqual({
      error: { ...by, type: 'LimitExceeded', message: 'w.yaml:3:5: Invalid string length' },
      errors: [],
      limit: 'other',
    })
  })

  it('Should pass on an unknown kind: a newer worker may know it', () => {
    const unknown = new UnknownTaskKind('later')
    expect(thrownFor(unknown)).toBe(unknown)
  })

  it('Should take anything else for a defect of the engine, at the innermost task', () => {
    const cause = new Error('a bug')
    const defect = thrownFor(cause) as EngineDefect
    expect(defect).toBeInstanceOf(EngineDefect)
    expect(defect).toMatchObject({ message: 'w.yaml:3:5: a bug', task: 'a', place, cause })
    expect(thrownFor(defect, { task: 'outer' })).toBe(defect)
    expect(thrownFor('text', {})).toMatchObject({ message: 'w.yaml:3:5: text', task: undefined })
    const unnamed = new EngineDefect('w.yaml:9:9', undefined, cause)
    expect(thrownFor(unnamed)).toMatchObject({ task: 'a', place: 'w.yaml:9:9', cause })
  })
})

describe('the end of a run that met a defect', () => {
  it('Should tell its user where, and the log what', () => {
    const cause = new Error('a bug')
    expect(defectEnd(new EngineDefect(place, 'a', cause))).toEqual({
      type: 'fail',
      error: {
        task: 'a',
        type: 'InternalError',
        message: "w.yaml:3:5: the engine failed; the worker's log has the cause",
      },
      defect: { task: 'a', place, message: 'a bug', stack: cause.stack },
    })
  })

  it('Should name no place where none is known, and no stack of what is no error', () => {
    expect(defectEnd('text')).toEqual({
      type: 'fail',
      error: {
        type: 'InternalError',
        message: "the engine failed; the worker's log has the cause",
      },
      defect: { message: 'text' },
    })
  })
})
