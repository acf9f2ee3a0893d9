import { describe, expect, it } from 'vitest'
import { createTestServer } from '../testing/server.ts'

describe('the security headers', () => {
  it.each([
    '/api/v0/workflows',
    '/api/v0/workflows/none',
    `/api/v0/workflows/${'a'.repeat(1_500)}`,
    '/%zz',
    '/docs',
    '/openapi.json',
    '/nowhere',
  ])('Should be on every answer: %s', async (url) => {
    const { app } = await createTestServer()
    const { headers } = await app.inject(url)
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
      'content-security-policy': expect.stringContaining("frame-ancestors 'none'") as string,
    })
    expect(headers['access-control-allow-origin']).toBeUndefined()
  })

  it('Should let pages load their own scripts only, and data nothing', async () => {
    const { app } = await createTestServer()
    const page = (await app.inject('/docs')).headers['content-security-policy']
    expect(page).toContain("script-src 'self';")
    expect(page).not.toMatch(/script-src[^;]*unsafe|https?:/)
    const data = await app.inject('/api/v0/workflows')
    expect(data.headers['content-security-policy']).toBe(
      "default-src 'none'; frame-ancestors 'none'",
    )
    expect(data.headers['cache-control']).toBe('no-store')
  })

  it('Should not meet an inline script in the docs', async () => {
    const { app } = await createTestServer()
    expect((await app.inject('/docs')).body).not.toMatch(/<script(?![^>]*src=)|\son\w+=/)
  })
})
