import { describe, expect, it } from 'vitest'
import { defined } from '../../engine/core/defined.ts'
import { detailsOf, reasonsOf } from './causes.ts'

const textsOf = (cause: Record<string, unknown> | undefined) =>
  reasonsOf(defined({ message: 'a: right: closed', cause })).map(
    ({ depth, text }) => `${depth} ${text}`,
  )

describe('the causes of a failure', () => {
  it('Should be read from the first to the last, with their kinds and codes', () => {
    const last = { name: 'Error', message: 'connection refused', code: 'ECONNREFUSED' }
    const first = {
      name: 'BankError',
      message: 'no rates',
      stack: ['load (a.ts:1:1)'],
      cause: last,
    }
    expect(textsOf(first)).toEqual(['0 BankError: no rates', '1 connection refused (ECONNREFUSED)'])
    expect(detailsOf(first)).toBeUndefined()
  })

  it('Should name the task of each error that a container or a child ended with', () => {
    const errors = [
      { task: 'a', type: 'ToolTimeout', message: 'no answer' },
      { task: 'b', message: 'gone' },
    ]
    expect(textsOf({ errors })).toEqual(['0 a: ToolTimeout: no answer', '0 b: gone'])
  })

  it('Should leave out what the message above repeats, down to the last', () => {
    const last = { task: 'right', type: 'ToolError:Error', message: 'closed' }
    const child = { task: 'a', type: 'ChildFailed', message: 'right: closed', cause: last }
    expect(textsOf(child)).toEqual(['0 right: ToolError:Error: closed'])
    expect(textsOf({ ...child, message: 'other' })).toEqual([
      '0 a: ChildFailed: other',
      '1 right: ToolError:Error: closed',
    ])
  })

  it('Should name the task that failed in a child, though the cause below only tells where', () => {
    const thrown = { name: 'Refused', stack: ['charge (tools/a.ts:1:1)'] }
    const child = {
      task: 'b',
      type: 'ToolError:Refused',
      message: 'closed',
      attempts: 2,
      cause: thrown,
    }
    expect(textsOf(child)).toEqual(['0 b: ToolError:Refused: closed, after 2 attempts'])
    expect(textsOf({ ...child, attempts: 1 })).toEqual(['0 b: ToolError:Refused: closed'])
    expect(detailsOf(child)).toBeUndefined()
  })

  it('Should be none where an error has no cause, and leave what else it tells', () => {
    expect(textsOf(undefined)).toEqual([])
    const place = { place: 'workflows/a.yaml:1:2', path: '.input.n' }
    expect([textsOf(place), detailsOf(place)]).toEqual([[], place])
  })
})
