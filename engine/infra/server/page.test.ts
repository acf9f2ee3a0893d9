import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import Fastify, { type FastifyInstance } from 'fastify'
import { describe, expect, it, onTestFinished } from 'vitest'
import { servePage } from './page.ts'
import { createTestServer } from './testing/server.ts'

/** A server with a page of two files. */
function servedPage(): FastifyInstance {
  const folder = mkdtempSync(join(tmpdir(), 'compozy-page-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'index.html'), '<html><head></head></html>')
  writeFileSync(join(folder, 'main-ABC.js'), 'console.log(1)')
  const app = Fastify()
  servePage(app, { version: '1"<2', metrics: { path: '/metrics' } }, folder)
  return app
}

describe('the page', () => {
  it('Should carry the facts that its script needs, escaped', async () => {
    const { body, headers } = await servedPage().inject('/')
    expect(headers['content-type']).toBe('text/html; charset=utf-8')
    expect(headers['cache-control']).toBe('no-cache')
    expect(body).toContain(
      '<meta name="compozy" content="{&#34;version&#34;:&#34;1\\&#34;&#60;2&#34;,&#34;metrics&#34;:{&#34;path&#34;:&#34;/metrics&#34;}}"></head>',
    )
  })

  it('Should keep files that carry a hash for ever, compressed for who takes it', async () => {
    const headers = { 'accept-encoding': 'gzip' }
    const answer = await servedPage().inject({ url: '/page/main-ABC.js', headers })
    expect(answer.headers).toMatchObject({
      'cache-control': 'public, max-age=31536000, immutable',
      'content-encoding': 'gzip',
      'content-type': 'text/javascript; charset=utf-8',
    })
    expect(gunzipSync(answer.rawPayload).toString()).toBe('console.log(1)')
    const plain = await servedPage().inject('/page/main-ABC.js')
    expect(plain.headers['content-encoding']).toBeUndefined()
    expect(plain.body).toBe('console.log(1)')
  })

  it.each(['/page/other.js', '/page/..%2fpackage.json', '/page/%2e%2e%2findex.html'])(
    'Should have no other file: %s',
    async (url) => {
      const { statusCode, body } = await servedPage().inject(url)
      expect(statusCode).not.toBe(200)
      expect(body).not.toContain('<html')
    },
  )

  it('Should lead to the docs where it is switched off', async () => {
    const { app } = await createTestServer({ config: { page: false } })
    const answer = await app.inject('/')
    expect([answer.statusCode, answer.headers.location]).toEqual([302, '/docs'])
  })

  it('Should lead to the docs in a process that only runs workers', async () => {
    const { app } = await createTestServer({ api: null })
    expect((await app.inject('/')).headers.location).toBe('/docs')
  })
})
