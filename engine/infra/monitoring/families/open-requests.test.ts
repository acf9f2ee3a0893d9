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

  /** Seconds that have a slot of their own. */
  const size = 16_384

  it.each([size - 1, size, size + 1, 2 * size, 2 * size + 1, 10 * size + 7])(
    'Should stay at its longest age for a request that never ends, after %d seconds',
    (elapsed) => {
      let second = 100
      const open = createOpenRequests(() => second)
      open.add(100)
      for (; second < 100 + elapsed; second += 15) open.oldestAge()
      second = 100 + elapsed
      expect(open.oldestAge()).toBe(size - 1)
    },
  )

  it('Should be below its longest age until then, and 0 after it where every request ends', () => {
    let second = 100
    const open = createOpenRequests(() => second)
    open.add(100)
    second += size - 2
    expect(open.oldestAge()).toBe(size - 2)
    open.remove(100)
    const ages = new Set<number>()
    for (; second < 100 + 3 * size; second++) {
      open.add(second)
      open.remove(second)
      if (second % 15 === 0) ages.add(open.oldestAge())
    }
    expect([...ages]).toEqual([0])
  })

  it('Should recover as soon as the request ends, with the age of the next one', () => {
    let second = 100
    const open = createOpenRequests(() => second)
    open.add(100)
    second += size
    // It has the slot of the first one.
    open.add(second)
    second += 40
    expect(open.oldestAge()).toBe(size - 1)
    open.remove(100)
    expect(open.oldestAge()).toBe(40)
    open.remove(100 + size)
    expect(open.oldestAge()).toBe(0)
  })

  it('Should keep its longest age while another request ends in the slot of one that hangs', () => {
    let second = 100
    const open = createOpenRequests(() => second)
    open.add(100)
    second += size
    open.add(second)
    open.remove(second)
    expect(open.oldestAge()).toBe(size - 1)
    open.remove(100)
    expect(open.oldestAge()).toBe(0)
  })

  it('Should wait for the last of several that are too old', () => {
    let second = 0
    const open = createOpenRequests(() => second)
    for (second = 0; second < 3; second++) open.add(second)
    second = 2 * size
    open.remove(1)
    open.remove(0)
    expect(open.oldestAge()).toBe(size - 1)
    open.remove(2)
    expect(open.oldestAge()).toBe(0)
  })

  it('Should tell the same where nobody asks for days', () => {
    let second = 0
    const open = createOpenRequests(() => second)
    open.add(0)
    for (second = 0; second < 5 * size; second += 100) {
      open.add(second)
      open.remove(second)
    }
    second = 5 * size
    open.add(second)
    expect(open.oldestAge()).toBe(size - 1)
    open.remove(0)
    second += 20 * size
    expect(open.oldestAge()).toBe(size - 1)
    open.remove(5 * size)
    expect(open.oldestAge()).toBe(0)
    open.add(second)
    second += 3
    expect(open.oldestAge()).toBe(3)
  })
})
