import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { CompozyError } from '../../core/errors.ts'
import type { PageMetrics } from './routes/metrics-elsewhere.ts'

/** What the page needs to know before it asks the API. */
export interface PageFacts {
  readonly version: string
  readonly metrics: PageMetrics
}

interface Asset {
  readonly type: string
  readonly body: Buffer
  readonly gzipped: Buffer
}

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** Where `npm run build` puts the page, seen from the sources and from dist/. */
const builtFolder = fileURLToPath(
  new URL(
    import.meta.url.endsWith('.ts') ? '../../../dist/page' : '../../../page',
    import.meta.url,
  ),
)

function assetOf(name: string, body: Buffer): Asset {
  return { type: types[extname(name)]!, body, gzipped: gzipSync(body, { level: 9 }) }
}

function readAssets(folder: string): Map<string, Asset> {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => types[extname(name)]) : []
  return new Map(names.map((name) => [name, assetOf(name, readFileSync(join(folder, name)))]))
}

const escapeHtml = (text: string): string =>
  text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)

/** Writes the facts into the page's head, where its script finds them. */
function withFacts(html: string, facts: PageFacts): string {
  const content = escapeHtml(JSON.stringify(facts))
  return html.replace('</head>', `<meta name="compozy" content="${content}"></head>`)
}

function send(request: FastifyRequest, reply: FastifyReply, { type, body, gzipped }: Asset) {
  const takesGzip = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '')
  void reply.type(type).header('vary', 'accept-encoding')
  if (!takesGzip) return reply.send(body)
  return reply.header('content-encoding', 'gzip').send(gzipped)
}

/**
 * Serves the page at `/` and its files under `/page/`. Where it is not built (a checkout that runs
 * its sources), `/` leads to /docs.
 */
export function servePage(app: FastifyInstance, facts: PageFacts, folder = builtFolder): void {
  const assets = readAssets(folder)
  const html = assets.get('index.html')?.body.toString('utf8')
  if (html === undefined) return leadToDocs(app)

  const index = assetOf('index.html', Buffer.from(withFacts(html, facts)))
  app.get('/', { schema: { hide: true } }, async (request, reply) => {
    void reply.header('cache-control', 'no-cache')
    return send(request, reply, index)
  })
  const files = { schema: { hide: true } }
  app.get<{ Params: { file: string } }>('/page/:file', files, async (request, reply) => {
    const asset = assets.get(request.params.file)
    if (asset === undefined)
      throw new CompozyError('not_found', `the page has no file "${request.params.file}"`)
    // Names carry a hash of the content.
    void reply.header('cache-control', 'public, max-age=31536000, immutable')
    return send(request, reply, asset)
  })
}

/** Redirects `/` to the docs of the API. */
export function leadToDocs(app: FastifyInstance): void {
  app.get('/', { schema: { hide: true } }, async (_request, reply) => reply.redirect('/docs'))
}
