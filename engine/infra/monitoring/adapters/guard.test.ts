import Fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { silentLogger } from '../../../core/logger.ts'
import { createOpenRequests } from '../families/open-requests.ts'
import type { HttpFamilies } from '../families/http.ts'
import { createHttpAdapter } from './fastify.ts'
import { createGuard } from './guard.ts'

/** A guard, what it logged, and the hands of its clock. */
function createObserved() {
  const clock = { ms: 0 }
  const logged: unknown[] = []
  const warned: unknown[] = []
  const counted: string[] = []
  const logger = {
    ...silentLogger,
    error: (fields: unknown) => void logged.push(fields),
    warn: (fields: unknown) => void warned.push(fields),
  }
  const onError = (place: string): void => void counted.push(place)
  const guard = createGuard({ logger, onError, now: () => clock.ms })
  return { guard, logged, warned, counted, clock }
}

const fail = (): never => {
  throw new Error('a defect of monitoring')
}

describe('createGuard', () => {
  it('Should run work that succeeds without a log line', () => {
    const { guard, logged } = createObserved()
    let done = 0
    guard.run('scrape', () => void done++)
    expect([done, logged]).toEqual([1, []])
  })

  it('Should keep what fails from its host, and log it with its place', () => {
    const { guard, logged } = createObserved()
    expect(() => guard.run('scrape', fail)).not.toThrow()
    expect(logged).toEqual([
      { place: 'scrape', failures: 1, err: new Error('a defect of monitoring') },
    ])
  })

  it('Should log each place once a minute, with the failures that it did not log', () => {
    const { guard, logged, clock } = createObserved()
    for (let i = 0; i < 1_000; i++) guard.run('http_request', fail)
    guard.run('http_response', fail)
    clock.ms = 60_000
    guard.run('http_request', fail)
    expect(logged).toMatchObject([
      { place: 'http_request', failures: 1 },
      { place: 'http_response', failures: 1 },
      { place: 'http_request', failures: 1_001 },
    ])
  })

  it('Should log each cause within a place once a minute, and count each failure', () => {
    const { guard, logged, counted, clock } = createObserved()
    const report = (collector: string): void =>
      guard.report('scrape', new Error('gone'), { collector })
    for (const collector of ['compozy_a', 'compozy_b', 'compozy_a']) report(collector)
    clock.ms = 60_000
    report('compozy_a')
    expect(logged).toMatchObject([
      { place: 'scrape', collector: 'compozy_a', failures: 1 },
      { place: 'scrape', collector: 'compozy_b', failures: 1 },
      { place: 'scrape', collector: 'compozy_a', failures: 3 },
    ])
    expect(counted).toHaveLength(4)
  })

  it('Should only warn of errors that are not its own, at the same rate', () => {
    const { guard, logged, warned, counted, clock } = createObserved()
    const warn = (): void => guard.warn({ source: 'stuck' }, new Error('denied'), 'failed')
    for (let i = 0; i < 3; i++) warn()
    clock.ms = 60_000
    warn()
    const err = new Error('denied')
    expect(warned).toEqual([
      { source: 'stuck', failures: 1, err },
      { source: 'stuck', failures: 4, err },
    ])
    expect([logged, counted]).toEqual([[], []])
  })
})

describe('a request whose counting fails', () => {
  const families: HttpFamilies = {
    clientError: () => undefined,
    inFlight: { value: 0, add: () => undefined },
    longLivedInFlight: { value: 0, add: () => undefined },
    open: createOpenRequests(),
    expect: () => undefined,
    route: () => ({ duration: fail, ofStatus: fail }),
  }

  it.each<[string, Partial<HttpFamilies>]>([
    ['at its start', { inFlight: { value: 0, add: fail } }],
    ['at its end', {}],
    ['when its route is registered', { route: fail }],
  ])('Should be answered all the same: %s', async (_, broken) => {
    const { guard, logged } = createObserved()
    const adapter = createHttpAdapter({ ...families, ...broken }, guard)
    const app = Fastify({ ...adapter.requestCounting })
    adapter.countRoutes(app)
    app.get('/ok', async () => 'ok')
    const { statusCode, body } = await app.inject('/ok')
    expect([statusCode, body]).toEqual([200, 'ok'])
    expect(logged).not.toEqual([])
    await app.close()
  })
})
