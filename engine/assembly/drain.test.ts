import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { drain, type DrainedParts } from './drain.ts'

/** Parts that note what is done to them and when, in seconds. */
function fakeParts({ probed = true, role = 'all', workersTake = 1_000 } = {}) {
  vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] })
  onTestFinished(() => void vi.useRealTimers())
  const log: [number, string][] = []
  const begun = performance.now()
  const note = (what: string) => void log.push([(performance.now() - begun) / 1_000, what])
  const stopping = new AbortController()
  stopping.signal.addEventListener('abort', () => note('readiness off'))
  const parts = {
    options: { role, config: { server: { shutdownDelay: 2_000, drainTimeout: 30_000 } } },
    stopping,
    isProbed: () => probed,
    workers: {
      stop: () =>
        new Promise<void>((resolve) => setTimeout(() => (note('workers'), resolve()), workersTake)),
    },
    monitoring: {
      temporal: {
        setDraining: () => note('draining'),
        stopCounting: async (ms: number) => note(`counting within ${ms / 1_000}`),
      },
      nextScrape: async (ms: number) => note(`scrape within ${ms / 1_000}`),
      dispose: async () => note('monitoring'),
    },
    server: { close: async ({ withinMs = 0 }) => note(`server within ${withinMs / 1_000}`) },
    client: { connection: { close: async () => note('connection') } },
    stopTools: async () => note('tools'),
  }
  // Only what a drain calls; the real parts have far more.
  return { parts: parts as unknown as DrainedParts, log }
}

describe('drain', () => {
  it('Should answer everything for the delay, and let a scrape see what the workers did', async () => {
    const { parts, log } = fakeParts()
    const done = drain(parts)
    await vi.advanceTimersByTimeAsync(60_000)
    await done
    expect(log).toEqual([
      [0, 'readiness off'],
      [0, 'draining'],
      [3, 'workers'],
      [3, 'counting within 29'],
      [3, 'scrape within 29'],
      [3, 'server within 29'],
      [3, 'monitoring'],
      [3, 'tools'],
      [3, 'connection'],
    ])
  })

  it.each([
    ['nothing asks /readyz', { probed: false }],
    ['the process serves no API', { role: 'worker' }],
  ])('Should not delay where %s', async (_, changes) => {
    const { parts, log } = fakeParts(changes)
    const done = drain(parts)
    await vi.advanceTimersByTimeAsync(60_000)
    await done
    expect(log[2]).toEqual([1, 'workers'])
  })

  it('Should close at once when the workers took the whole drain timeout', async () => {
    const { parts, log } = fakeParts({ workersTake: 40_000 })
    const done = drain(parts)
    await vi.advanceTimersByTimeAsync(60_000)
    await done
    expect(log.slice(3, 6)).toEqual([
      [42, 'counting within 0'],
      [42, 'scrape within 0'],
      [42, 'server within 0'],
    ])
  })
})
