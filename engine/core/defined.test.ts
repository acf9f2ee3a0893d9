import { describe, expect, expectTypeOf, it } from 'vitest'
import { defined } from './defined.ts'

describe('defined', () => {
  it('Should leave out the keys whose value is undefined', () => {
    expect(defined({ a: 1, b: undefined })).toStrictEqual({ a: 1 })
  })

  it('Should keep null, false, zero and empty text', () => {
    const value = { a: null, b: false, c: 0, d: '' }
    expect(defined(value)).toStrictEqual(value)
  })

  it('Should make optional only the keys that may be undefined', () => {
    const value = defined({ a: 1, b: undefined as string | undefined })
    expectTypeOf(value).toExtend<{ a: number; b?: string }>()
    expectTypeOf<{ a?: number; b?: string }>().not.toExtend<typeof value>()
  })
})
