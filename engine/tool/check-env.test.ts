import { describe, expect, it } from 'vitest'
import { checkEnv } from './check-env.ts'

const filled = (count: number, bytes: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`V${n}`, 'x'.repeat(bytes)]))

describe('the environment of a tool', () => {
  it('Should accept what a process can be started with', () => {
    expect(checkEnv('pay', {})).toBeUndefined()
    expect(checkEnv('pay', filled(1, 119_998))).toBeUndefined()
    expect(checkEnv('pay', filled(4, 119_998))).toBeUndefined()
  })

  it.each([
    [
      filled(1, 119_999),
      'variable V0 in the env of tool "pay" is 120,001 bytes, the limit is 120,000 bytes; pass large values as input',
    ],
    [
      { V0: 'é'.repeat(60_000) },
      'variable V0 in the env of tool "pay" is 120,002 bytes, the limit is 120,000 bytes; pass large values as input',
    ],
    [
      filled(5, 110_000),
      'the env of tool "pay" is 550,010 bytes, the limit is 500,000 bytes; pass large values as input',
    ],
  ])('Should refuse what is too large, case %#', (env, message) => {
    expect(checkEnv('pay', env)).toEqual({ type: 'LimitExceeded', message })
  })

  it('Should refuse a NUL character without quoting the value', () => {
    expect(checkEnv('pay', { A: 'fine', B: 'secret\0' })).toEqual({
      type: 'InvalidToolInput',
      message: 'variable B in the env of tool "pay" has a NUL character; remove it',
    })
  })
})
