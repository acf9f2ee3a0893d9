import { describe, expect, it } from 'vitest'
import { bytesOver, jsonBytes, limits } from '../../core/limits.ts'
import type { TaskError } from '../../core/task-error.ts'
import { boundError, shortError } from './bound-error.ts'

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

  it('Should leave a message and a cause alone that just fit', () => {
    const cause = { stack: 'x'.repeat(limits.errorCauseBytes - jsonBytes({ stack: '' })) }
    const error = errorWith({ message: 'x'.repeat(limits.errorMessageBytes), cause })
    expect(boundError(error)).toBe(error)
    const over = errorWith({ cause: { stack: `${cause.stack}x` } })
    expect(boundError(over).cause).toEqual({ cut: '65537 bytes; the limit is 65536' })
  })

  it('Should add no cause to an error without one, and keep one that fits', () => {
    const message = 'x'.repeat(limits.errorMessageBytes + 1)
    expect(boundError(errorWith({ message }))).not.toHaveProperty('cause')
    const cause = { code: 5 }
    expect(boundError(errorWith({ message, cause })).cause).toBe(cause)
  })

  it('Should keep the type and the message of a cause that is cut', () => {
    const stack = 'x'.repeat(100_000)
    expect(
      boundError(errorWith({ cause: { type: 'TypeError', message: 'no', stack } })).cause,
    ).toMatchObject({ type: 'TypeError', message: 'no' })
    const other = boundError(errorWith({ cause: { type: 5, message: null, errors: 7, stack } }))
    expect(Object.keys(other.cause!)).toEqual(['cut'])
  })

  it('Should not count more where all entries of a list are kept, whatever they are', () => {
    const errors = ['text', 5, { type: 'x', cause: 'gone' }]
    const { cause } = boundError(errorWith({ cause: { errors, stack: 'x'.repeat(100_000) } }))
    expect(cause).toMatchObject({ errors: [{ value: 'text' }, { value: 5 }, { type: 'x' }] })
    expect(cause).not.toHaveProperty('more')
  })

  it('Should keep entries of a list up to half of what a cause may have', () => {
    const entry = { message: 'x'.repeat(8_191 - jsonBytes({ message: '' })) }
    const keptOf = (count: number) => {
      const violations = Array.from({ length: count }, () => entry)
      const cause = { violations, stack: 'x'.repeat(100_000) }
      return boundError(errorWith({ cause })).cause!
    }
    expect(keptOf(4)['violations']).toHaveLength(4)
    expect([keptOf(5)['violations'], keptOf(5)['more']]).toEqual([[entry, entry, entry, entry], 1])
    // The comma between entries counts.
    const small = { message: 'x'.repeat(31 - jsonBytes({ message: '' })) }
    const many = {
      violations: Array.from({ length: 1_100 }, () => small),
      stack: 'x'.repeat(90_000),
    }
    expect(boundError(errorWith({ cause: many })).cause!['more']).toBe(1_100 - 1_024)
  })
})

describe('shortError', () => {
  it('Should leave out the cause, and cut the message', () => {
    const short = shortError(errorWith({ task: 'a', cause: { code: 5 } }))
    expect(short).toEqual({ type: 'ToolError:Boom', message: 'it broke', task: 'a' })
    const { message } = shortError(errorWith({ message: 'x'.repeat(9_000) }))
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(1_024)
  })
})
