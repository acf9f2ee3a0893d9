import Fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { silentLogger } from '../../../core/logger.ts'
import { createErrorHandler } from '../error-handler.ts'
import { createTestServer, type TestServerOptions } from '../testing/server.ts'
import { metricsForPage, pageMetricsPath, pointToMetrics } from './metrics-elsewhere.ts'

async function ask(listen: () => Promise<string | undefined>) {
  const app = Fastify()
  app.setErrorHandler(createErrorHandler(silentLogger))
  pointToMetrics(app, '/own/metrics', listen)
  const answer = await app.inject('/own/metrics')
  return { status: answer.statusCode, link: answer.headers.link, body: answer.json<object>() }
}

describe('the metrics path of a server without metrics', () => {
  it('Should tell the address of the listener that has them, to people and programs', async () => {
    expect(await ask(async () => 'http://127.0.0.1:9464')).toMatchObject({
      status: 404,
      link: '<http://127.0.0.1:9464/own/metrics>; rel="alternate"',
      body: {
        code: 'not_found',
        detail:
          'this server has no metrics: monitoring.listen serves them at http://127.0.0.1:9464/own/metrics',
      },
    })
  })

  it('Should tell no address while the process stops', async () => {
    const { status, link, body } = await ask(() => Promise.reject(new Error('disposed')))
    expect([status, link]).toEqual([404, undefined])
    expect(body).toMatchObject({ detail: expect.stringContaining('closed') as string })
  })

  it('Should be the metrics themselves on a server that serves them', async () => {
    const { app } = await createTestServer()
    const { statusCode, headers } = await app.inject('/metrics')
    expect([statusCode, headers.link]).toEqual([200, undefined])
  })
})

const apart = { listen: '127.0.0.1:0' }
const token = 't'.repeat(40)
const metricsToken = 'm'.repeat(40)

async function askForPage(options: TestServerOptions, authorization?: string) {
  const { app } = await createTestServer(options)
  const headers = authorization === undefined ? {} : { authorization }
  return app.inject({ url: pageMetricsPath, headers })
}

describe('the metrics for the page', () => {
  it('Should be served where monitoring.listen serves them at an address of their own', async () => {
    const { statusCode, headers, body } = await askForPage({ monitoring: apart })
    expect([statusCode, headers['content-type'], headers['cache-control']]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
      'no-store',
    ])
    expect(body).toContain('\ncompozy_uptime_seconds_total ')
  })

  it('Should tell monitoring who asks: a stop does not wait for a browser', async () => {
    const asked: object[] = []
    const app = Fastify()
    metricsForPage(app, {
      monitoring: {
        path: '/metrics',
        scrape: async (request) => {
          asked.push(request)
          return { status: 200, headers: {}, body: Buffer.from('') }
        },
      },
      isServed: false,
      isGuarded: false,
      hasApiToken: false,
    })
    await app.inject({ url: pageMetricsPath, headers: { 'user-agent': 'Mozilla/5.0' } })
    expect(asked).toMatchObject([{ userAgent: 'Mozilla/5.0' }])
    expect(asked[0]).not.toHaveProperty('timeout')
  })

  it.each([
    ['without a token', undefined, 401],
    ['with the token of the metrics', `Bearer ${metricsToken}`, 401],
    ['with the token of the API', `Bearer ${token}`, 200],
  ])('Should need the token of the API: %s', async (_, authorization, status) => {
    const options = { monitoring: apart, areMetricsGuarded: true, api: { token } }
    expect((await askForPage(options, authorization)).statusCode).toBe(status)
  })

  it.each([
    ['the page can read the endpoint itself', {}],
    ['a token protects them and the API has none', { monitoring: apart, areMetricsGuarded: true }],
    ['monitoring is off', { monitoring: { enabled: false } }],
    ['the page is off', { monitoring: apart, config: { page: false } }],
  ] as const)('Should not be served where %s', async (_, options) => {
    const { statusCode, body } = await askForPage(options)
    expect(statusCode).toBe(404)
    expect(body).not.toContain('compozy_uptime')
  })
})
