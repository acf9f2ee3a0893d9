import { describe, expect, it, vi } from 'vitest'
import { createSlice } from './slice.ts'

function startTasks(slice: ReturnType<typeof createSlice>, count: number): void {
  for (let i = 0; i < count; i++) slice.startTask()
}

describe('the work of one step', () => {
  it('Should be spent after 10,000 tasks, and begin anew', () => {
    const slice = createSlice(true)
    slice.begin()
    startTasks(slice, 10_000)
    expect(slice.isSpent()).toBe(false)
    startTasks(slice, 1)
    expect(slice.isSpent()).toBe(true)
    slice.begin()
    expect(slice.isSpent()).toBe(false)
  })

  it('Should count what templates did, which share one budget in each step', () => {
    const slice = createSlice(true)
    slice.begin()
    const activation = slice.activation()!
    expect(slice.activation()).toBe(activation)
    const spent = vi.spyOn(activation, 'spent', 'get').mockReturnValue(499_950)
    startTasks(slice, 1)
    expect(slice.isSpent()).toBe(false)
    spent.mockReturnValue(499_951)
    expect(slice.isSpent()).toBe(true)
    slice.begin()
    expect([slice.activation() === activation, slice.isSpent()]).toEqual([false, false])
  })

  it('Should give its turn at once to what waits for it in a step', () => {
    const resumed: unknown[] = []
    createSlice(true).nextTurn((value) => resumed.push(value))()
    expect(resumed).toEqual([undefined])
  })

  it('Should never be spent in a run that an older engine began', () => {
    const slice = createSlice(false)
    startTasks(slice, 20_000)
    expect([slice.isSpent(), slice.activation()]).toEqual([false, undefined])
  })
})
