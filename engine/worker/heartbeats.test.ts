import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Heartbeats } from './heartbeats.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }))
afterEach(() => void vi.useRealTimers())

describe('heartbeats', () => {
  it('Should be sent each second for each call, until its end', () => {
    const heartbeats = new Heartbeats()
    const [first, second] = [{ heartbeat: vi.fn() }, { heartbeat: vi.fn() }]
    heartbeats.begin(first)
    vi.advanceTimersByTime(3_000)
    expect(first.heartbeat).toHaveBeenCalledTimes(3)
    heartbeats.begin(second)
    vi.advanceTimersByTime(2_000)
    heartbeats.end(first)
    vi.advanceTimersByTime(2_000)
    expect(first.heartbeat).toHaveBeenCalledTimes(5)
    expect(second.heartbeat).toHaveBeenCalledTimes(4)
  })

  it('Should not be sent for calls of less than half a second, and leave no timer', () => {
    const heartbeats = new Heartbeats()
    const heartbeat = vi.fn()
    for (let count = 0; count < 20; count++) {
      const call = { heartbeat }
      heartbeats.begin(call)
      vi.advanceTimersByTime(499)
      heartbeats.end(call)
    }
    expect(heartbeat).not.toHaveBeenCalled()
    expect(vi.getTimerCount()).toBe(1)
    vi.advanceTimersByTime(500)
    expect(vi.getTimerCount()).toBe(0)
  })
})
