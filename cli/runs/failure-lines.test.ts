import { describe, expect, it } from 'vitest'
import { failureLines } from './failure-lines.ts'

describe('failureLines', () => {
  it('Should show each cause below what it caused, with its code, then the frames of the tool', () => {
    const inner = { name: 'Error', message: 'connection refused', code: 'ECONNREFUSED' }
    const cause = {
      stack: ['save (tools.ts:3:9)'],
      name: 'Busy',
      message: 'database is away',
      cause: inner,
    }
    expect(failureLines({ cause })).toEqual([
      '  because: Busy: database is away',
      '    because: connection refused (ECONNREFUSED)',
      '  at save (tools.ts:3:9)',
    ])
  })

  it('Should show the errors of an aggregate and of a container', () => {
    const errors = [
      { name: 'Error', message: 'first mirror is down' },
      {
        task: 'ship',
        type: 'ToolError:Error',
        message: 'no rocket',
        cause: { message: 'no fuel' },
      },
    ]
    expect(failureLines({ cause: { errors } }, '')).toEqual([
      'because: first mirror is down',
      'because: ship: ToolError:Error: no rocket',
      '  because: no fuel',
    ])
  })

  it('Should show nothing where there is no cause, and few of many', () => {
    expect(failureLines({})).toEqual([])
    expect(failureLines({ cause: { stack: [] } })).toEqual([])
    const errors = Array.from({ length: 50 }, (_, i) => ({ message: `e${i}` }))
    expect(failureLines({ cause: { errors } })).toHaveLength(10)
  })
})
