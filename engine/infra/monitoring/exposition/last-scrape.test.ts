import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createScrapeRhythm } from './last-scrape.ts'

/** A process that was scraped every 15 s, `scrapes` times. */
async function scraped(scrapes: number) {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  onTestFinished(() => void vi.useRealTimers())
  const rhythm = createScrapeRhythm()
  for (let count = 0; count < scrapes; count++) {
    await vi.advanceTimersByTimeAsync(15_000)
    rhythm.record(0.01)
  }
  const wait = (withinMs: number) => {
    let isOver = false
    void rhythm.next(withinMs).then(() => (isOver = true))
    return () => isOver
  }
  return { rhythm, wait }
}

const later = (ms: number) => vi.advanceTimersByTimeAsync(ms)

describe('the rhythm of scrapes', () => {
  it('Should end the wait with the next scrape', async () => {
    const { rhythm, wait } = await scraped(4)
    const isOver = wait(60_000)
    await later(14_000)
    expect(isOver()).toBe(false)
    rhythm.record(0.01)
    await later(0)
    expect(isOver()).toBe(true)
  })

  it('Should not take a scrape that began before for the next one', async () => {
    const { rhythm, wait } = await scraped(4)
    const isOver = wait(60_000)
    await later(100)
    rhythm.record(0.5)
    await later(0)
    expect(isOver()).toBe(false)
  })

  it('Should give up when the scrape does not come, or the time is over before', async () => {
    const hasty = (await scraped(4)).wait(5_000)
    await later(5_000)
    expect(hasty()).toBe(true)
    const patient = (await scraped(4)).wait(600_000)
    await later(15_000)
    expect(patient()).toBe(false)
    await later(20_000)
    expect(patient()).toBe(true)
  })

  it.each([
    ['nobody scraped', 0, 0],
    ['somebody looked a few times', 3, 0],
    ['the scraper has left', 10, 120_000],
  ])('Should not wait where %s', async (_, scrapes, idleMs) => {
    const { wait } = await scraped(scrapes)
    await later(idleMs)
    const isOver = wait(60_000)
    await later(0)
    expect(isOver()).toBe(true)
  })
})
