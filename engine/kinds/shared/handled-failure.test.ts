import { describe, expect, it } from 'vitest'
import type { TaskError } from '../../core/task-error.ts'
import { namingHandled } from './handled-failure.ts'

const boom: TaskError = { type: 'ToolError:Boom', message: 'it broke' }

describe('the failure of a handler', () => {
  it('Should name the failure that it handled, cut where it is long', () => {
    const named = namingHandled(boom, { ...boom, type: 'WaitTimeout', task: 'w' })
    expect(named.message).toBe(
      'it broke (while handling the failure of task "w": WaitTimeout: it broke)',
    )
    const long = namingHandled(boom, { ...boom, message: 'x'.repeat(301) })
    expect(long.message).toMatch(/^it broke \(while handling the failure: ToolError:Boom: x+… /)
    const whole = namingHandled(boom, { ...boom, message: 'x'.repeat(300) })
    expect(whole.message).toContain(`${'x'.repeat(300)})`)
  })

  it('Should be left alone where it handled none', () => {
    expect(namingHandled(boom, undefined)).toBe(boom)
  })
})
