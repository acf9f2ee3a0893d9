import { describe, expect, it } from 'vitest'
import { shortIds } from './list-runs.ts'

const first = 'order-0591893d-4030-44da-8239-3f65af06c10a'
const second = 'order-84b5d2b0-ab87-4734-9d1c-b771fadc12e9'

describe('ids in a narrow terminal', () => {
  it('Should be shortened, to leave room for the error', () => {
    expect(shortIds([first, second, 'own-key'], 80)).toEqual([
      'order-0591893d',
      'order-84b5d2b0',
      'own-key',
    ])
  })

  it('Should stay whole where another run begins so, in a wide terminal, and in a pipe', () => {
    const repeated = `${first}~c039ed5b93ac`
    expect(shortIds([repeated, first], 80)).toEqual([repeated, first])
    expect(shortIds([first], 200)).toEqual([first])
    expect(shortIds([first], undefined)).toEqual([first])
  })
})
