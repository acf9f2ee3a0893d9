import { connect, createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import Fastify from 'fastify'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { defined } from '../../../core/defined.ts'
import { silentLogger, type Logger } from '../../../core/logger.ts'
import { createHttpAdapter, type HttpAdapter } from '../adapters/fastify.ts'
import { createGuard } from '../adapters/guard.ts'
import { httpFamilies } from '../families/http.ts'
import type { ServiceOptions } from '../index.ts'
import { createRegistry } from '../instruments/registry.ts'
import { createTestMonitoring, testConfig } from '../testing/service.ts'
import { createMetricsListener } from './endpoint.ts'
import { refusal } from './scrape-reply.ts'

async function serve(options: Partial<ServiceOptions> = {}) {
  const monitoring = await createTestMonitoring(options)
  const app = Fastify()
  monitoring.http.registerEndpoint(app)
  onTestFinished(async () => {
    await app.close()
    await monitoring.dispose()
  })
  return { app, monitoring }
}

describe('a stop', () => {
  const timeout = { 'x-prometheus-scrape-timeout-seconds': '10' }
  const agent = (name: string) => ({ 'user-agent': name })

  it.each([
    ['the same scraper', '10.0.0.1', agent('Prometheus/3.5.0'), true],
    ['a scraper at another address', '10.0.0.2', agent('Prometheus/3.5.0'), false],
    ['another program', '10.0.0.1', agent('vm_promscrape'), false],
  ])('Should wait for a scrape, and be ended by %s: %s', async (_, remoteAddress, name, ends) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    onTestFinished(() => void vi.useRealTimers())
    const { app, monitoring } = await serve()
    const scrape = (address: string, headers: Record<string, string>) =>
      app.inject({ url: '/metrics', remoteAddress: address, headers: { ...timeout, ...headers } })
    for (let count = 0; count < 4; count++) {
      await vi.advanceTimersByTimeAsync(15_000)
      await scrape('10.0.0.1', agent('Prometheus/3.5.0'))
    }
    await vi.advanceTimersByTimeAsync(1_000)
    let isOver = false
    void monitoring.nextScrape(30_000).then(() => (isOver = true))
    await vi.advanceTimersByTimeAsync(14_000)
    expect(isOver).toBe(false)
    await scrape(remoteAddress, name)
    await vi.advanceTimersByTimeAsync(0)
    expect(isOver).toBe(ends)
  })

  it('Should not wait for somebody who looks, nor for scrapes that fail', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    onTestFinished(() => void vi.useRealTimers())
    const { app, monitoring } = await serve({ token: 'secret' })
    const authorization = 'Bearer secret'
    for (let count = 0; count < 4; count++) {
      await vi.advanceTimersByTimeAsync(10_000)
      const { statusCode } = await app.inject({
        url: '/metrics',
        headers: { authorization, ...agent('Mozilla/5.0') },
      })
      const refused = await app.inject({ url: '/metrics', headers: timeout })
      expect([statusCode, refused.statusCode]).toEqual([200, 401])
    }
    let isOver = false
    void monitoring.nextScrape(30_000).then(() => (isOver = true))
    await vi.advanceTimersByTimeAsync(0)
    expect(isOver).toBe(true)
  })
})

describe('a token', () => {
  it.each([
    ['none', undefined],
    ['a wrong one', 'Bearer secres'],
    ['a longer one', 'Bearer secrets'],
    ['another scheme', 'Basic secret'],
    ['another scheme before it', 'Basic bearer secret'],
    ['no blank after the scheme', 'Bearersecret'],
    ['nothing but the scheme', 'Bearer '],
  ])('Should refuse %s with 401 and show no series', async (_, authorization) => {
    const { app } = await serve({ token: 'secret' })
    const reply = await app.inject({
      url: '/metrics',
      headers: defined({ authorization }),
    })
    expect([reply.statusCode, reply.headers['www-authenticate'], reply.body]).toEqual([
      401,
      'Bearer',
      'the metrics endpoint requires a token; send authorization: Bearer TOKEN\n',
    ])
  })

  it('Should let the right one in, whatever the case of the scheme and the blanks after it, and count what it refused', async () => {
    const { app } = await serve({ token: 'secret' })
    await app.inject('/metrics')
    const { statusCode, body } = await app.inject({
      url: '/metrics',
      headers: { authorization: 'bearer   secret' },
    })
    expect(statusCode).toBe(200)
    expect(body).toContain('compozy_metrics_scrapes_total{code="401"} 1\n')
    expect(body).not.toContain('secret')
  })

  it.each<[string, () => unknown, string]>([
    ['an empty text', () => '', 'it returned an empty text'],
    ['blanks', () => ' \n', 'it returned an empty text'],
    ['undefined', () => undefined, 'it returned undefined, not a text'],
    ['a number', () => 5, 'it returned number, not a text'],
    ['a promise', () => Promise.resolve('5'), 'it returned a promise instead of a text'],
    ['a promise that rejects', () => Promise.reject(new Error('no')), 'it returned a promise'],
    ['two lines', () => 'a\nb', 'it returned a line break'],
    ['an error', () => JSON.parse('{'), 'it threw an error'],
  ])(
    'Should refuse everybody while its function gives %s, and say so once',
    async (_, token, reason) => {
      const error = vi.fn<Logger['error']>()
      const { app } = await serve({
        token: token as () => string,
        logger: { ...silentLogger, error },
      })
      const sent = [undefined, 'Bearer ', 'Bearer undefined', 'Bearer 5', 'Bearer a b']
      for (const authorization of sent) {
        const reply = await app.inject({ url: '/metrics', headers: defined({ authorization }) })
        expect([reply.statusCode, reply.headers['www-authenticate']]).toEqual([401, 'Bearer'])
        expect(reply.body).toMatch(/^the metrics endpoint requires a token;.*\n$/)
      }
      expect(error.mock.calls).toEqual([
        [
          expect.objectContaining({ reason: expect.stringContaining(reason) as string }),
          'option token gives no token; every scrape is refused with 401',
        ],
      ])
    },
  )

  it('Should be read without the line break of a secret file, and be asked for again', async () => {
    let current = 'secret\n'
    const error = vi.fn<Logger['error']>()
    const { app } = await serve({ token: () => current, logger: { ...silentLogger, error } })
    const status = async (): Promise<number> => {
      const headers = { authorization: 'Bearer secret' }
      return (await app.inject({ url: '/metrics', headers })).statusCode
    }
    expect(await status()).toBe(200)
    expect(error).not.toHaveBeenCalled()
    current = ''
    expect([await status(), await status()]).toEqual([401, 401])
    current = 'secret'
    expect(await status()).toBe(200)
    current = ''
    expect(await status()).toBe(401)
    expect(error).toHaveBeenCalledTimes(2)
  })
})

describe('a listener of its own', () => {
  it('Should serve the metrics there and nothing else, and not on the main server', async () => {
    const { app, monitoring } = await serve({ config: { ...testConfig, listen: '127.0.0.1:0' } })
    const url = await monitoring.http.listen()
    const reply = await fetch(`${url}/metrics`)
    expect(reply.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(await reply.text()).toContain('compozy_build_info{')
    expect((await fetch(`${url}/healthz`)).status).toBe(404)
    expect((await app.inject('/metrics')).statusCode).toBe(404)
  })

  it.each([
    ['GET', '/healthz', 404, 'not_found', 'Not Found'],
    ['POST', '/metrics', 405, 'method_not_allowed', 'Method Not Allowed'],
    ['DELETE', '/metrics?x=1', 405, 'method_not_allowed', 'Method Not Allowed'],
    ['GET', '/%zz', 400, 'input_invalid', 'Bad Request'],
  ])('Should answer %s %s there with a problem and security headers', async (...request) => {
    const [method, path, status, code, title] = request
    const { monitoring } = await serve({ config: { ...testConfig, listen: '127.0.0.1:0' } })
    const reply = await fetch(`${await monitoring.http.listen()}${path}`, { method })
    expect(reply.headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
    expect(reply.headers.get('x-content-type-options')).toBe('nosniff')
    expect(reply.headers.get('allow')).toBe(status === 405 ? 'GET, HEAD' : null)
    expect(await reply.json()).toMatchObject({
      status,
      title,
      code,
      request_id: reply.headers.get('x-request-id'),
    })
  })

  it('Should have the security headers on the metrics there, and refuse a request without Host', async () => {
    const { monitoring } = await serve({ config: { ...testConfig, listen: '127.0.0.1:0' } })
    const url = new URL((await monitoring.http.listen())!)
    expect((await fetch(`${url.href}metrics`)).headers.get('x-frame-options')).toBe('DENY')
    const socket = connect(Number(url.port), url.hostname)
    socket.end('GET /metrics HTTP/1.1\r\nconnection: close\r\n\r\n')
    const answer = await text(socket)
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(answer).toContain('"detail":"the Host header is missing; HTTP/1.1 requires it"')
    const { body } = await monitoring.scrape({ accept: undefined, acceptEncoding: undefined })
    expect(String(body)).toContain(
      'compozy_http_requests_total{method="GET",path="/metrics",status_code="400"} 1\n',
    )
  })

  it.each([
    ['foo', 417, '"detail":"the server cannot meet the expectation \\"foo\\"'],
    ['100-continue', 200, 'compozy_build_info'],
  ])('Should answer Expect: %s there with %i, and count it once', async (value, status, words) => {
    const { monitoring } = await serve({ config: { ...testConfig, listen: '127.0.0.1:0' } })
    const url = new URL((await monitoring.http.listen())!)
    const socket = connect(Number(url.port), url.hostname)
    socket.write(
      `GET /metrics HTTP/1.1\r\nhost: localhost\r\nexpect: ${value}\r\nconnection: close\r\n\r\n`,
    )
    const answer = await text(socket)
    expect(answer).toContain(`HTTP/1.1 ${status} `)
    expect(answer).toContain(words)
    const { body } = await monitoring.scrape({ accept: undefined, acceptEncoding: undefined })
    expect(String(body)).toContain(
      `compozy_http_requests_total{method="GET",path="/metrics",status_code="${status}"} 1\n`,
    )
    expect(String(body).match(/status_code="417"/g)?.length).toBe(status === 417 ? 1 : undefined)
  })

  it.each([
    ['by its log controller', (http: HttpAdapter) => http],
    [
      'by listening, with an older Fastify',
      (http: HttpAdapter) => ({ ...http, requestCounting: {} }),
    ],
  ])('Should count a scrape there once, %s', async (_, counting) => {
    const families = httpFamilies(createRegistry())
    const http = createHttpAdapter(families, createGuard({ logger: silentLogger }))
    const scrape = async () => refusal(503, 'no metrics here')
    const options = {
      path: '/metrics',
      exposition: { scrape },
      onRefused: () => undefined,
      onTokenFailure: () => undefined,
    }
    const listener = createMetricsListener('127.0.0.1:0', options, counting(http))
    expect((await fetch(`${await listener.listen()}/metrics`)).status).toBe(503)
    await listener.close()
    expect(families.route('GET', '/metrics').ofStatus(503).value).toBe(1)
    expect(families.inFlight.value).toBe(0)
  })

  it('Should ask for the token there too', async () => {
    const { monitoring } = await serve({
      config: { ...testConfig, listen: '127.0.0.1:0' },
      token: 'secret',
    })
    const url = await monitoring.http.listen()
    expect((await fetch(`${url}/metrics`)).status).toBe(401)
  })

  it('Should name the address that is taken', async () => {
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void taken.close())
    const address = taken.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const { monitoring } = await serve({ config: { ...testConfig, listen: `127.0.0.1:${port}` } })
    await expect(monitoring.http.listen()).rejects.toThrow(
      `monitoring.listen 127.0.0.1:${port}: the port is in use`,
    )
  })

  it('Should not be there where the main server serves the metrics', async () => {
    const { monitoring } = await serve()
    expect(await monitoring.http.listen()).toBeUndefined()
  })
})

describe('the metrics of the endpoint itself', () => {
  it('Should count scrapes by their answer, and series', async () => {
    const { app } = await serve()
    await app.inject('/metrics')
    const { body } = await app.inject('/metrics')
    expect(body).toContain('compozy_metrics_scrapes_total{code="200"} 1\n')
    expect(body).toContain('compozy_metrics_scrape_duration_seconds_count 1\n')
    expect(body).toContain('compozy_metrics_collect_errors_total{collector="exposition"} 0\n')
    const series = body.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length
    expect(body).toContain(`compozy_metrics_series ${series}\n`)
  })

  it('Should warn of an instrument of the Meter that throws, and not count it as a defect', async () => {
    const lines: unknown[] = []
    const logger: Logger = {
      ...silentLogger,
      warn: (fields) => void lines.push(fields),
      error: (fields) => void lines.push(fields),
    }
    const config = { ...testConfig, collectErrors: 'serve' as const }
    const { app, monitoring } = await serve({ config, logger })
    const meter = await monitoring.metrics.meter()
    const err = new Error('db away')
    meter.createObservableGauge('acme_rows').addCallback(() => {
      throw err
    })
    await app.inject('/metrics')
    const { body } = await app.inject('/metrics')
    expect(body).toContain('compozy_metrics_collect_errors_total{collector="meter"} 1\n')
    expect(body).toContain('compozy_metrics_errors_total{place="scrape"} 0\n')
    expect(lines).toEqual([{ collector: 'meter', failures: 1, err }])
  })

  it('Should name the family that could not be read, once it can be', async () => {
    const lines: unknown[] = []
    const logger = { ...silentLogger, error: (fields: unknown) => void lines.push(fields) }
    const { app, monitoring } = await serve({ logger })
    const gone = (): never => {
      throw new Error('the pool is gone')
    }
    monitoring.temporal.setWorkers({ configured: () => 1, running: gone })
    expect((await app.inject('/metrics')).statusCode).toBe(500)
    monitoring.temporal.setWorkers({ configured: () => 1, running: () => 1 })
    const { body } = await app.inject('/metrics')
    expect(body).toContain(
      'compozy_metrics_collect_errors_total{collector="compozy_temporal_workers_running_total"} 1\n',
    )
    expect(body).toContain('compozy_metrics_scrapes_total{code="500"} 1\n')
    expect(body).toContain('compozy_metrics_errors_total{place="scrape"} 1\n')
    expect(lines).toMatchObject([
      { place: 'scrape', collector: 'compozy_temporal_workers_running_total' },
    ])
  })
})
