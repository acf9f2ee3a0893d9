import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { compile } from '../build/compiled.ts'
import { Monitor, scrapeEveryMs, type MonitorState } from './monitor.ts'

const compiled = compile()

/** Rejects as fetch does once its signal ends it. */
const untilAborted = (signal: AbortSignal) =>
  new Promise<never>((_resolve, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason as Error)),
  )

describe('the monitor of the page', () => {
  beforeEach(() => {
    vi.useFakeTimers()
    vi.stubGlobal('location', { host: '127.0.0.1:5001' })
    // The platform's own time-out does not know of fake timers.
    vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
      const aborter = new AbortController()
      setTimeout(() => aborter.abort(new DOMException('timed out', 'TimeoutError')), ms)
      return aborter.signal
    })
  })
  afterEach(() => {
    vi.restoreAllMocks()
    vi.unstubAllGlobals()
    vi.useRealTimers()
  })

  /** Watches an endpoint that answers like this for so long; gives what the monitor saw. */
  async function watch(answer: (signal: AbortSignal) => Promise<Partial<Response>>, ms: number) {
    const states: MonitorState[] = []
    vi.stubGlobal('fetch', (_path: string, { signal }: { signal: AbortSignal }) => answer(signal))
    const monitor = new Monitor('/metrics', compiled)
    const stop = monitor.subscribe((state) => states.push(state))
    await vi.advanceTimersByTimeAsync(ms)
    stop()
    const { alerts, store, times, error } = monitor.state
    const down = alerts.find(({ rule }) => rule.alert === 'CompozyDown')?.state
    const matchers = [{ label: '__name__', op: '=', value: 'up' } as const]
    const up = store.instant({ kind: 'selector', matchers, offset: 0 }, times.at(-1) ?? 0)
    return { states, error, down, up: up.map(({ value }) => value) }
  }

  it.each([
    ['answer', untilAborted],
    ['body', async (signal: AbortSignal) => ({ ok: true, text: () => untilAborted(signal) })],
  ])(
    'Should call an engine down whose %s never comes, and fire after 2 minutes',
    async (_, hang) => {
      const seen = await watch(hang, 121_000 + scrapeEveryMs)
      expect(seen).toMatchObject({ up: [0], down: 'firing' })
      expect(seen.error).toBe('The scrape got no answer within 10 s.')
    },
  )

  it('Should not fire before, and scrape as often as an engine that answers', async () => {
    expect(await watch(untilAborted, 120_000)).toMatchObject({ up: [0], down: 'pending' })
    const slow = await watch(untilAborted, 61_000)
    const well = await watch(async () => ({ ok: true, text: async () => '' }), 59_999)
    expect(well).toMatchObject({ up: [1], error: undefined, down: undefined })
    expect(slow.states).toHaveLength(6)
    expect(well.states).toHaveLength(6)
  })

  it('Should say what an engine answers that does not let it scrape', async () => {
    const seen = await watch(async () => ({ ok: false, status: 401 }), 1)
    expect(seen).toMatchObject({ up: [0], error: 'the scrape was answered 401' })
  })

  it('Should say that nothing answers where the connection fails', async () => {
    const seen = await watch(() => Promise.reject(new TypeError('Failed to fetch')), 1)
    expect(seen).toMatchObject({ up: [0], error: 'The scrape got no answer.' })
  })
})
