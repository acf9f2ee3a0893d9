import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { repeatWhileVisible } from './repeat.ts'

/** A document whose tab the test hides and shows. */
class Tab extends EventTarget {
  visibilityState = 'visible'

  turn(state: 'visible' | 'hidden'): void {
    this.visibilityState = state
    this.dispatchEvent(new Event('visibilitychange'))
  }
}

describe('what a view loads', () => {
  let tab: Tab
  let loads: number
  let aborter: AbortController
  const load = async () => void loads++
  const repeat = (everyMs?: number) => repeatWhileVisible(load, everyMs, aborter.signal)

  beforeEach(() => {
    vi.useFakeTimers()
    tab = new Tab()
    vi.stubGlobal('document', tab)
    loads = 0
    aborter = new AbortController()
  })
  afterEach(() => {
    aborter.abort()
    vi.unstubAllGlobals()
    vi.useRealTimers()
  })

  it('Should come again and again while the tab is visible', async () => {
    repeat(1_000)
    expect(loads).toBe(1)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(loads).toBe(3)
  })

  it.each([undefined, 1_000])('Should come in a hidden tab too, once (every %s ms)', async (ms) => {
    tab.turn('hidden')
    repeat(ms)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(loads).toBe(1)
  })

  it('Should come when the tab is shown, if it was due meanwhile', async () => {
    repeat(1_000)
    tab.turn('hidden')
    await vi.advanceTimersByTimeAsync(60_000)
    tab.turn('visible')
    expect(loads).toBe(2)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(loads).toBe(3)
  })

  it('Should not come when the tab is shown before it is due', async () => {
    repeat(1_000)
    tab.turn('hidden')
    await vi.advanceTimersByTimeAsync(999)
    tab.turn('visible')
    expect(loads).toBe(1)
  })

  it('Should come once where it is not to be repeated', async () => {
    repeat()
    await vi.advanceTimersByTimeAsync(60_000)
    tab.turn('hidden')
    tab.turn('visible')
    expect(loads).toBe(1)
  })

  it.each(['visible', 'hidden'] as const)('Should end with the view in a %s tab', async (state) => {
    repeat(1_000)
    tab.turn(state)
    aborter.abort()
    await vi.advanceTimersByTimeAsync(5_000)
    tab.turn('visible')
    expect(loads).toBe(1)
  })

  it('Should end with the view while it loads', async () => {
    let arrive = () => {}
    repeatWhileVisible(
      () => {
        loads++
        return new Promise((resolve) => {
          arrive = () => resolve()
        })
      },
      1_000,
      aborter.signal,
    )
    aborter.abort()
    arrive()
    await vi.advanceTimersByTimeAsync(5_000)
    expect(loads).toBe(1)
  })
})
