import { getEventListeners } from 'node:events'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { sleep } from './sleep.ts'

describe('sleep', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('Should wait for its time, and leave no listener behind', async () => {
    const { signal } = new AbortController()
    let isOver = false
    const waiting = sleep(1_000, signal).then(() => (isOver = true))
    await vi.advanceTimersByTimeAsync(999)
    expect([isOver, getEventListeners(signal, 'abort').length]).toEqual([false, 1])
    await vi.advanceTimersByTimeAsync(1)
    expect([await waiting, getEventListeners(signal, 'abort').length]).toEqual([true, 0])
  })

  it.each(['before', 'meanwhile'])('Should end at once when its signal aborts %s', async (when) => {
    const controller = new AbortController()
    if (when === 'before') controller.abort()
    const waiting = sleep(60_000, controller.signal)
    controller.abort()
    await waiting
    expect(vi.getTimerCount()).toBe(0)
  })
})
