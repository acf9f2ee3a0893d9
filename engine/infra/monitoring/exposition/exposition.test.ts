import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import type { CollectionResult } from '@opentelemetry/sdk-metrics'
import { describe, expect, it } from 'vitest'
import { families } from '../catalogue.ts'
import { createProducer } from '../instruments/producer.ts'
import { createRegistry } from '../instruments/registry.ts'
import { createExposition } from './exposition.ts'

/** A registry's exposition whose collection waits until it is let go, and counts. */
function createObserved({
  routes = 1,
  collectErrors = 'fail',
}: Partial<{ routes: number; collectErrors: 'fail' | 'serve' }> = {}) {
  const registry = createRegistry()
  const requests = registry.instrument(families.httpRequests)
  for (let i = 0; i < routes; i++)
    requests({ method: 'GET', path: `/${i}`, status_code: '200' }).add()
  const producer = createProducer(registry)
  const seen = {
    collections: 0,
    errors: [] as string[],
    codes: [] as string[],
    series: [] as number[],
  }
  let outcome = (): Promise<CollectionResult> => producer.collect()
  let letGo = (): void => undefined
  const gate = new Promise<void>((resolve) => (letGo = resolve))
  const exposition = createExposition({
    collect: async () => {
      seen.collections++
      await gate
      return outcome()
    },
    collectErrors,
    histograms: 'classic',
    createdSamples: false,
    onCollectError: ({ collector }) => seen.errors.push(collector),
    onScrape: (code) => seen.codes.push(code),
    onSeries: (count) => seen.series.push(count),
  })
  return {
    seen,
    letGo,
    become: (next: () => Promise<CollectionResult>) => void (outcome = next),
    heal: () => void (outcome = () => producer.collect()),
    scrape: (acceptEncoding?: string, timeout?: string) =>
      exposition.scrape({ accept: undefined, acceptEncoding, timeout }),
  }
}

describe('createExposition', () => {
  it('Should let 100 scrapes at the same time share one collection, and the next have its own', async () => {
    const { scrape, letGo, seen } = createObserved()
    const scrapes = Array.from({ length: 100 }, () => scrape())
    letGo()
    const replies = await Promise.all(scrapes)
    expect(seen.collections).toBe(1)
    expect(new Set(replies.map(({ body }) => body.toString())).size).toBe(1)
    await scrape()
    expect(seen.collections).toBe(2)
  })

  it.each<[string, () => Promise<CollectionResult>]>([
    ['throws', () => Promise.reject(new Error('no'))],
    [
      'collects a part and reports an error',
      async () => {
        const { resourceMetrics } = await createProducer(createRegistry()).collect()
        return { resourceMetrics, errors: [new Error('no')] }
      },
    ],
  ])('Should answer 500 without a series where a collector %s, and recover', async (_, fails) => {
    const { scrape, letGo, become, heal, seen } = createObserved()
    letGo()
    become(fails)
    const { status, headers, body } = await scrape('gzip')
    expect([status, headers['content-type'], body.toString()]).toEqual([
      500,
      'text/plain; charset=utf-8',
      'collecting the metrics failed; see the log\n',
    ])
    expect(seen.errors).toHaveLength(1)
    heal()
    expect((await scrape()).status).toBe(200)
    expect(seen.errors).toHaveLength(1)
  })

  const failing: () => Promise<CollectionResult> = async () => {
    const registry = createRegistry()
    registry.instrument(families.httpInFlight)({})
    registry.observe(families.uptime, () => {
      throw new Error('no clock')
    })
    return createProducer(registry).collect()
  }

  it('Should serve the rest where it is told to, and name the family that could not be read', async () => {
    const { scrape, letGo, become, seen } = createObserved({ collectErrors: 'serve' })
    letGo()
    become(failing)
    const { status, body } = await scrape()
    expect([status, seen.errors, seen.codes]).toEqual([
      200,
      ['compozy_uptime_seconds_total'],
      ['200'],
    ])
    expect(body.toString()).toContain('compozy_http_requests_in_flight 0\n')
    expect(body.toString()).not.toContain('uptime')
  })

  it('Should serve nothing by default where one family cannot be read', async () => {
    const { scrape, letGo, become, seen } = createObserved()
    letGo()
    become(failing)
    expect((await scrape()).status).toBe(500)
    expect([seen.errors, seen.codes, seen.series]).toEqual([
      ['compozy_uptime_seconds_total'],
      ['500'],
      [],
    ])
  })

  it.each(['2147483', '2147484', '1e9', 'Infinity'])(
    'Should take a scrape timeout of %s s for longer than the scrape',
    async (timeout) => {
      const warnings: Error[] = []
      const warned = (warning: Error) => void warnings.push(warning)
      process.on('warning', warned)
      const { scrape, letGo, seen } = createObserved()
      const reply = scrape(undefined, timeout)
      await sleep(20)
      letGo()
      expect((await reply).status).toBe(200)
      process.off('warning', warned)
      expect([seen.codes, warnings]).toEqual([['200'], []])
    },
  )

  it('Should give up when the scraper does, and not before', async () => {
    const { scrape, letGo, seen } = createObserved()
    const { status, body } = await scrape(undefined, '0.05')
    expect([status, body.toString()]).toEqual([
      503,
      'collecting took longer than the scrape timeout of 0.05 s\n',
    ])
    letGo()
    expect((await scrape(undefined, '60')).status).toBe(200)
    expect((await scrape(undefined, 'soon')).status).toBe(200)
    expect(seen.codes).toEqual(['503', '200', '200'])
  })

  it('Should tell how many series it wrote', async () => {
    const { scrape, letGo, seen } = createObserved({ routes: 1_234 })
    letGo()
    await scrape()
    expect(seen.series).toEqual([1_234])
  })

  it('Should pack to the same text', async () => {
    const { scrape, letGo } = createObserved({ routes: 100 })
    letGo()
    const [plain, packed] = [await scrape(), await scrape('gzip')]
    expect(packed.headers).toEqual({ ...plain.headers, 'content-encoding': 'gzip' })
    expect(packed.body.length).toBeLessThan(plain.body.length)
    expect(gunzipSync(packed.body).equals(plain.body)).toBe(true)
  })

  it.each([
    ['a small text', 1, 'gzip'],
    ['a scraper that does not ask', 100, undefined],
  ])('Should not pack for %s', async (_, routes, acceptEncoding) => {
    const { scrape, letGo } = createObserved({ routes })
    letGo()
    expect((await scrape(acceptEncoding)).headers).not.toHaveProperty('content-encoding')
  })
})
