import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createScrapeRhythms, type Scraper } from './last-scrape.ts'

const second = 1_000
const later = (ms: number) => vi.advanceTimersByTimeAsync(ms)

/** A scraper that sends what Prometheus sends. */
const prometheus = (remoteAddress: string): Scraper => ({
  timeout: '10',
  userAgent: 'Prometheus/3.5.0',
  remoteAddress,
})
const [first, replica] = [prometheus('10.0.0.1'), prometheus('10.0.0.2')]
const page: Scraper = { userAgent: 'Mozilla/5.0 (X11; Linux x86_64)', remoteAddress: '10.0.0.9' }

/** Scrapes at times in seconds: from `from` on, every `every`. */
interface Visits {
  readonly scraper: Scraper
  readonly from?: number
  readonly every?: number
  /** Before this time. Default: 60. */
  readonly until?: number
}

/** A process a minute old, with the scrapes that it had. */
async function visited(...visits: readonly Visits[]) {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  onTestFinished(() => void vi.useRealTimers())
  const rhythms = createScrapeRhythms()
  const begunAt = performance.now()
  const times = visits.flatMap(({ scraper, from = 0, every = 15, until = 60 }) => {
    const count = Math.ceil((until - from) / every)
    return Array.from({ length: count }, (_, i) => ({ at: from + i * every, scraper }))
  })
  for (const { at, scraper } of times.toSorted((a, b) => a.at - b.at)) {
    await later(begunAt + at * second - performance.now())
    rhythms.record(scraper, 0)
  }
  await later(begunAt + 60 * second - performance.now())
  const scrape = async (scraper: Scraper, seconds = 0) => {
    rhythms.record(scraper, seconds)
    await later(0)
  }
  const stop = async (withinMs = 30 * second) => {
    let isOver = false
    void rhythms.next(withinMs).then(() => (isOver = true))
    await later(0)
    return () => isOver
  }
  return { rhythms, scrape, stop }
}

/** How long a stop waits when nobody scrapes, in seconds. */
async function waitedSeconds(isOver: () => boolean): Promise<number> {
  for (let waited = 0; waited < 600; waited++) {
    if (isOver()) return waited
    await later(second)
  }
  return Infinity
}

describe('the last scrape of a scraper', () => {
  it('Should end the wait when it comes', async () => {
    const { scrape, stop } = await visited({ scraper: first, from: 1 })
    const isOver = await stop()
    await later(900)
    expect(isOver()).toBe(false)
    await scrape(first)
    expect(isOver()).toBe(true)
  })

  it('Should be one that begins from now on, not one that is answered from now on', async () => {
    const { scrape, stop } = await visited({ scraper: first, until: 46 })
    const isOver = await stop()
    await later(100)
    await scrape(first, 0.5)
    expect(isOver()).toBe(false)
    await later(14_600)
    expect(isOver()).toBe(false)
    await scrape(first, 0.1)
    expect(isOver()).toBe(true)
  })

  it('Should be waited for until it is late by more than an interval', async () => {
    const { scrape, stop } = await visited({ scraper: first })
    const isOver = await stop()
    await later(15 * second)
    expect(isOver()).toBe(false)
    await scrape(first)
    expect(isOver()).toBe(true)
  })

  it('Should not be waited for longer', async () => {
    const { stop } = await visited({ scraper: first })
    expect(await waitedSeconds(await stop())).toBe(17)
  })

  it('Should be waited for until the time is over, and no longer', async () => {
    const { stop } = await visited({ scraper: first, from: 3 })
    const isOver = await stop(5 * second)
    await later(4_999)
    expect(isOver()).toBe(false)
    await later(1)
    expect(isOver()).toBe(true)
  })

  it.each<[string, readonly Visits[], number]>([
    ['nobody scraped', [], 30],
    ['somebody looked three times', [{ scraper: first, from: 15 }], 30],
    ['the time is over before it is due', [{ scraper: first, from: 14 }], 13],
    ['there is no time', [{ scraper: first }], 0],
    ['the scraper left', [{ scraper: first, every: 5, until: 50 }], 30],
  ])('Should not be waited for where %s', async (_, visits, within) => {
    const { stop } = await visited(...visits)
    expect((await stop(within * second))()).toBe(true)
  })

  it('Should be expected after the shortest gap of a scraper that missed one', async () => {
    const { stop } = await visited(
      { scraper: first, from: 0, until: 16 },
      { scraper: first, from: 45, every: 14 },
    )
    expect(await waitedSeconds(await stop())).toBe(29)
  })
})

describe('the last scrapes of several scrapers', () => {
  it('Should be one of each replica of a pair', async () => {
    const { scrape, stop } = await visited(
      { scraper: first, from: 5 },
      { scraper: replica, from: 7 },
    )
    const isOver = await stop()
    await later(5 * second)
    await scrape(first)
    expect(isOver()).toBe(false)
    await later(2 * second)
    await scrape(replica)
    expect(isOver()).toBe(true)
  })

  it('Should not be two of the same replica', async () => {
    const { scrape, stop } = await visited(
      { scraper: first, from: 5 },
      { scraper: replica, from: 7 },
    )
    const isOver = await stop()
    await later(5 * second)
    await scrape(first)
    await scrape(first)
    expect(isOver()).toBe(false)
    // The replica is gone: it was due at 7 s, and is late by more than an interval at 23.5 s.
    expect(await waitedSeconds(isOver)).toBe(19)
  })

  it('Should be told apart by the program too', async () => {
    const agent = { ...first, userAgent: 'vm_promscrape' }
    const { scrape, stop } = await visited({ scraper: first, from: 5 }, { scraper: agent, from: 7 })
    const isOver = await stop()
    await scrape(first)
    expect(isOver()).toBe(false)
    await scrape(agent)
    expect(isOver()).toBe(true)
  })

  it('Should be one of each of four behind one address', async () => {
    const starts = [4, 5, 7, 10]
    const { scrape, stop } = await visited(...starts.map((from) => ({ scraper: first, from })))
    const isOver = await stop()
    for (let count = 0; count < 3; count++) await scrape(first)
    expect(isOver()).toBe(false)
    await scrape(first)
    expect(isOver()).toBe(true)
  })

  it.each([
    ['2 s', 5, 7],
    ['half an interval less a second', 5, 11.5],
  ])('Should be two of a pair behind one address, apart by %s', async (_, from, other) => {
    const { scrape, stop } = await visited(
      { scraper: first, from },
      { scraper: first, from: other },
    )
    const isOver = await stop()
    await later(from * second)
    await scrape(first)
    expect(isOver()).toBe(false)
    await later((other - from) * second)
    await scrape(first)
    expect(isOver()).toBe(true)
  })

  it('Should leave out a scraper that is due after the stop', async () => {
    const { scrape, stop } = await visited(
      { scraper: first, from: 5 },
      { scraper: replica, from: 14 },
    )
    const isOver = await stop(10 * second)
    await scrape(first)
    expect(isOver()).toBe(true)
  })
})

describe('somebody who looks at the metrics', () => {
  it('Should not end the wait for a scraper', async () => {
    const { scrape, stop } = await visited(
      { scraper: first, from: 5 },
      { scraper: page, every: 10 },
    )
    const isOver = await stop()
    await scrape(page)
    expect(isOver()).toBe(false)
    await scrape(first)
    expect(isOver()).toBe(true)
  })

  it.each([
    [page.userAgent!, true],
    ['curl/8.14.1', true],
    ['Wget/1.25.0', true],
    ['compozy-top', true],
    ['Telegraf/1.35.0', false],
    ['curling/1', false],
    ['my-curl/1', false],
  ])('Should not be waited for, however steady: %s, %s', async (userAgent, isViewer) => {
    const { stop } = await visited({ scraper: { userAgent, remoteAddress: '10.0.0.9' } })
    expect((await stop())()).toBe(isViewer)
  })

  it('Should be a scraper when it sends the timeout of one', async () => {
    const { stop } = await visited({ scraper: { ...page, timeout: '10' } })
    expect((await stop())()).toBe(false)
  })
})

describe('a scraper without the header of Prometheus', () => {
  const plain: Scraper = { userAgent: 'Telegraf/1.35.0', remoteAddress: '10.0.0.3' }

  it.each<[string, Scraper]>([
    ['with an address', plain],
    ['without anything', {}],
  ])('Should be waited for when it is steady, %s', async (_, scraper) => {
    const { scrape, stop } = await visited({ scraper, from: 5 })
    const isOver = await stop()
    expect(isOver()).toBe(false)
    await scrape(scraper)
    expect(isOver()).toBe(true)
  })

  it('Should not be waited for when it comes irregularly', async () => {
    const { stop } = await visited(
      { scraper: plain, from: 0, every: 17 },
      { scraper: plain, from: 29, every: 40 },
    )
    expect((await stop())()).toBe(true)
  })
})

describe('the scrapers that are remembered', () => {
  const passerBy = (index: number): Scraper => prometheus(`10.1.0.${index}`)

  it('Should be those with a rhythm where many pass by', async () => {
    const { rhythms, stop } = await visited({ scraper: first })
    for (let index = 0; index < 1_000; index++) rhythms.record(passerBy(index), 0)
    expect((await stop())()).toBe(false)
  })

  it('Should be those that come again where many pass by', async () => {
    const { rhythms, scrape, stop } = await visited({ scraper: first, from: 15 })
    for (let index = 0; index < 1_000; index++) rhythms.record(passerBy(index), 0)
    await scrape(first)
    await later(1)
    expect((await stop())()).toBe(false)
  })

  it('Should not be the one that was away for longest where all 64 have a rhythm', async () => {
    const many = Array.from({ length: 64 }, (_, index) => passerBy(index))
    const { scrape, stop } = await visited(...many.map((scraper) => ({ scraper, from: 5 })))
    await scrape(first)
    const isOver = await stop()
    for (const scraper of many.slice(2)) await scrape(scraper)
    expect(isOver()).toBe(false)
    await scrape(many[1]!)
    expect(isOver()).toBe(true)
  })

  it('Should not be told apart by what follows 200 characters of a name', async () => {
    const named = (end: string): Scraper => ({ ...first, userAgent: 'x'.repeat(200) + end })
    const { scrape, stop } = await visited({ scraper: named('a'), from: 5 })
    const isOver = await stop()
    await scrape(named('b'))
    expect(isOver()).toBe(true)
  })

  it.each([
    ['remembered for an hour', 3_590, false],
    ['forgotten after an hour', 3_610, true],
  ])('Should be %s', async (_, seconds, isForgotten) => {
    const { rhythms, scrape, stop } = await visited({ scraper: first, from: 15 })
    await later((seconds - 15) * second)
    rhythms.record(replica, 0)
    for (let count = 0; count < 3; count++) {
      await scrape(first)
      await later(5 * second)
    }
    // Two gaps are no rhythm, a third one before the pause makes it one.
    expect((await stop())()).toBe(isForgotten)
  })
})
