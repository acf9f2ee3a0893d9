import { describe, expect, it } from 'vitest'
import { problem, serve } from '../testing/client.ts'
import { createTestServer } from '../testing/server.ts'

describe('the rate limit', () => {
  it('Should answer 429 to a client beyond it, and to no other', async () => {
    const { app, call } = await serve({ config: { rateLimit: 1 } })
    for (let i = 0; i < 10; i++) expect((await call('GET', '/workflows')).status).toBe(200)
    const refused = await call('GET', '/workflows')
    expect(refused).toMatchObject(
      problem(429, 'limit_reached', expect.stringContaining('more than 1 requests a second')),
    )
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    const other = await app.inject({ url: '/api/v0/workflows', remoteAddress: '10.0.0.9' })
    expect(other.statusCode).toBe(200)
    for (const url of ['/healthz', '/readyz', '/metrics'])
      expect((await app.inject(url)).statusCode).toBe(200)
  })

  it('Should be counted as any other status', async () => {
    const server = await createTestServer({ config: { rateLimit: 1 } })
    const url = await server.listen()
    for (let i = 0; i < 12; i++) await (await fetch(`${url}/api/v0/workflows`)).text()
    expect(await (await fetch(`${url}/metrics`)).text()).toContain(
      'compozy_http_requests_total{method="GET",path="/api/v0/workflows",status_code="429"} 2\n',
    )
  })

  it('Should be off at 0', async () => {
    const { call } = await serve({ config: { rateLimit: 0 } })
    for (let i = 0; i < 30; i++) expect((await call('GET', '/workflows')).status).toBe(200)
  })
})
