import { describe, expect, it } from 'vitest'
import { bytesOver, limits } from '../../core/limits.ts'
import type { TaskError } from '../../core/task-error.ts'
import { boundError } from './bound-error.ts'

const errorWith = (rest: Partial<TaskError>): TaskError => ({
  type: 'ToolError:Boom',
  message: 'it broke',
  ...rest,
})
const bytesPast = (error: TaskError) => bytesOver({ ...error }, 90_000)

describe('boundError', () => {
  it('Should leave an error alone that is small', () => {
    const error = errorWith({ cause: { violations: [{ pointer: '/a', message: 'no' }] } })
    expect(boundError(error)).toBe(error)
  })

  it('Should cut a long message and say how long it was', () => {
    const { message } = boundError(errorWith({ message: 'x'.repeat(900_000) }))
    expect(message).toMatch(/^x+… \(cut; 900,000 bytes in all\)$/)
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(limits.errorMessageBytes)
  })

  it('Should keep the first of many violations and count the others', () => {
    const violations = Array.from({ length: 60_000 }, (_, at) => ({
      pointer: `/items/${at}`,
      message: 'must be a number',
    }))
    const bounded = boundError(errorWith({ cause: { violations } }))
    const { violations: kept, more } = bounded.cause as {
      violations: unknown[]
      more: number
    }
    expect(kept[0]).toEqual(violations[0])
    expect(kept.length).toBeGreaterThan(100)
    expect(kept.length + more).toBe(60_000)
    expect(bytesPast(bounded)).toBeUndefined()
  })

  it('Should drop the causes of children, not their types, where they are too large together', () => {
    const errors = Array.from({ length: 10 }, (_, at) => ({
      type: 'ToolError:Boom',
      task: `each-${at}`,
      message: 'it broke',
      cause: { stack: 'x'.repeat(60_000) },
    }))
    const bounded = boundError(errorWith({ cause: { errors } }))
    expect(bounded.cause!['errors']).toEqual(errors.map(({ cause: _, ...bare }) => bare))
  })

  it('Should say only how large any other cause was', () => {
    const bounded = boundError(errorWith({ cause: { stack: 'x'.repeat(100_000) } }))
    expect(bounded.cause).toEqual({ cut: '100012 bytes; the limit is 65536' })
  })
})
