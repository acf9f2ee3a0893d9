import { describe, expect, it } from 'vitest'
import { TaskTimers } from './task-timers.ts'

describe('the timers of a task', () => {
  it('Should tell when those that run end, and nothing of those that ended', () => {
    const timers = new TaskTimers(undefined)
    expect(timers.until()).toBeUndefined()
    expect(timers.begin('limit', 100, 1_000)).toBe(100)
    expect(timers.begin('pause', 5, 1_000)).toBe(5)
    expect(timers.until()).toEqual({ limit: 1_100, pause: 1_005 })
    timers.end('pause')
    expect(timers.until()).toEqual({ limit: 1_100 })
    timers.end('limit')
    expect(timers.until()).toBeUndefined()
  })

  it('Should go on once with one that an earlier run began, then anew', () => {
    const inherited = { retry: 1_500 }
    const timers = new TaskTimers(inherited)
    expect(timers.begin('retry', 9_999, 1_200)).toBe(300)
    timers.end('retry')
    expect(timers.begin('retry', 50, 1_600)).toBe(50)
    expect(timers.until()).toEqual({ retry: 1_650 })
    expect(inherited).toEqual({ retry: 1_500 })
  })

  it('Should begin one anew that goes on a second time without an end', () => {
    const timers = new TaskTimers({ limit: 1_500, pause: 1_300 })
    expect(timers.begin('limit', 100, 1_200)).toBe(300)
    expect(timers.begin('limit', 700, 1_400)).toBe(700)
    expect(timers.until()).toEqual({ limit: 2_100, pause: 1_300 })
  })

  it('Should not wait for one whose time is over, nor inherit one that was ended', () => {
    const timers = new TaskTimers({ pause: 900, limit: 2_000 })
    expect(timers.begin('pause', 50, 1_000)).toBe(0)
    timers.end('limit')
    expect(timers.begin('limit', 50, 1_000)).toBe(50)
  })
})
