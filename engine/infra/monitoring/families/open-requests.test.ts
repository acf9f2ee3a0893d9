import { describe, expect, it } from 'vitest'
import { createOpenRequests } from './open-requests.ts'

describe('createOpenRequests', () => {
  it('Should tell the age of the oldest request, and 0 when it has ended', () => {
    let second = 100
    const open = createOpenRequests(() => second)
    open.add(100)
    second = 130
    open.add(130)
    expect(open.oldestAge()).toBe(30)
    open.remove(100)
    expect(open.oldestAge()).toBe(0)
    second = 135
    expect(open.oldestAge()).toBe(5)
    open.remove(130)
    expect(open.oldestAge()).toBe(0)
  })

  it('Should keep two requests of one second apart', () => {
    let second = 5
    const open = createOpenRequests(() => second)
    open.add(5)
    open.add(5)
    open.remove(5)
    second = 9
    expect(open.oldestAge()).toBe(4)
  })

  it('Should stop at its longest age for a request that never ends', () => {
    let second = 0
    const open = createOpenRequests(() => second)
    open.add(0)
    second = 16_384 * 3
    expect(open.oldestAge()).toBeLessThan(16_384)
  })
})
