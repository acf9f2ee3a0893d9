import { describe, expect, it } from 'vitest'
import { problem, serve } from '../testing/client.ts'

describe('the API token', () => {
  const token = 'open sesame'

  it.each(['Bearer open sesame', 'bearer open sesame', 'BEARER  open sesame'])(
    'Should be accepted as %j',
    async (authorization) => {
      const { call } = await serve({ api: { token } })
      expect((await call('GET', '/workflows', undefined, { authorization })).status).toBe(200)
    },
  )

  it.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    'Bearer open',
    'Bearer open sesame!',
    'Basic open sesame',
    token,
  ])('Should not be accepted as %j', async (authorization) => {
    const { app, call } = await serve({ api: { token } })
    const headers = authorization === undefined ? {} : { authorization }
    const answer = await call('GET', '/workflows', undefined, headers)
    expect(answer).toMatchObject(problem(401, 'unauthorized'))
    expect(answer.headers['www-authenticate']).toBe('Bearer')
    expect(
      (await app.inject({ method: 'HEAD', url: '/api/v0/workflows', headers })).statusCode,
    ).toBe(401)
  })

  it('Should be checked before the body is read and the workflow looked up', async () => {
    const { call } = await serve({ api: { token } })
    for (const path of ['/workflows/none', '/executions/workflows/none', '/workflows?limit=0']) {
      expect((await call('GET', path)).status).toBe(401)
    }
    expect((await call('POST', '/events', { name: 'x'.repeat(4_000) })).status).toBe(401)
  })

  it.each(['/healthz', '/readyz', '/metrics', '/openapi.json', '/docs'])(
    'Should not be required at %s',
    async (url) => {
      const { app } = await serve({ api: { token } })
      expect((await app.inject(url)).statusCode).toBe(200)
    },
  )

  it.each([
    '/%61pi/v0/workflows',
    '/api%2Fv0/workflows',
    '//api/v0/workflows',
    '/x/../api/v0/workflows',
    '/API/v0/workflows',
  ])('Should not be bypassed by writing %s', async (url) => {
    const { app } = await serve({ api: { token } })
    const reply = await app.inject(url)
    expect([401, 404]).toContain(reply.statusCode)
    expect(reply.body).not.toContain('parcel')
  })
})
