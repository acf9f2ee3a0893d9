import Fastify, { type FastifyRequest } from 'fastify'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createRouteReader } from './route-reader.ts'

describe('the route of a request', () => {
  it.each([
    ['/known', { mark: 1 }],
    ['/nowhere', {}],
  ])('Should be read for %s as the public way gives it', async (url, config) => {
    const app = Fastify()
    onTestFinished(() => app.close())
    const read = createRouteReader<object>()
    const seen: unknown[] = []
    app.addHook('onRequest', async (request) => {
      expect(Object.getOwnPropertySymbols(request).map(String)).toContain('Symbol(fastify.context)')
      expect(read(request).config).toBe(request.routeOptions.config)
      seen.push(read(request).config)
    })
    app.get('/known', { config: { mark: 1 } as object }, async () => 'ok')
    await app.inject(url)
    await app.inject(url)
    expect(seen).toMatchObject([config, config])
  })

  it('Should not build routeOptions when the context is available', () => {
    const context = { config: { mark: 1 } }
    const parts = {
      [Symbol('fastify.context')]: context,
      get routeOptions(): never {
        throw new Error('made anew')
      },
    }
    // Only what the reader reads of a request.
    const request = parts as unknown as FastifyRequest
    expect(createRouteReader<object>()(request)).toBe(context)
  })

  it('Should be read the public way where a request keeps no context', () => {
    const config = { url: '/x' }
    // Only what the reader reads of a request.
    const request = { routeOptions: { config } } as unknown as FastifyRequest
    expect(createRouteReader<object>()(request).config).toBe(config)
  })
})
