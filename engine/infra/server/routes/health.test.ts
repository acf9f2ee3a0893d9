import { describe, expect, it } from 'vitest'
import { serve } from '../testing/client.ts'

describe('health', () => {
  it('Should answer with the version while the process lives', async () => {
    const { app } = await serve()
    const reply = await app.inject('/healthz')
    expect([reply.statusCode, reply.json()]).toEqual([200, { status: 'ok', version: '1.2.3' }])
  })

  it.each([
    [200, { ready: true, checks: { temporal: 'ok' } }],
    [503, { ready: false, checks: { temporal: 'no answer from 127.0.0.1:7233' } }],
  ])('Should be ready with %i: %j', async (status, state) => {
    const { app } = await serve({ readiness: async () => state })
    const reply = await app.inject('/readyz')
    expect([reply.statusCode, reply.json()]).toEqual([status, state])
  })
})

describe('a process that only runs workers', () => {
  it.each([
    ['/healthz', 200],
    ['/readyz', 200],
    ['/metrics', 200],
    ['/openapi.json', 200],
    ['/docs', 200],
    ['/api/v0/workflows', 404],
    ['/api/v0/tools', 404],
  ])('Should answer %s with %i', async (url, status) => {
    const { app } = await serve({ api: null })
    expect((await app.inject(url)).statusCode).toBe(status)
  })
})

describe('HEAD', () => {
  it.each(['/api/v0/workflows', '/api/v0/tools', '/healthz', '/metrics'])(
    'Should be GET %s without the body',
    async (url) => {
      const { app } = await serve()
      const head = await app.inject({ method: 'HEAD', url })
      const get = await app.inject(url)
      expect([head.statusCode, head.body, head.headers['content-type']]).toEqual([
        200,
        '',
        get.headers['content-type'],
      ])
    },
  )

  it('Should not exist for other methods than GET', async () => {
    const { app } = await serve()
    expect((await app.inject({ method: 'HEAD', url: '/api/v0/events' })).statusCode).toBe(405)
  })
})
