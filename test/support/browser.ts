import fastify, { type FastifyInstance } from 'fastify'
import { chromium, type Browser, type Page } from 'playwright-core'
import { servePage } from '../../engine/infra/server/page.ts'
import { findChromium } from '../../scripts/programs/chromium.ts'

/** Starts an installed Chromium without a window. */
export async function launchBrowser(): Promise<Browser> {
  const args = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-dev-shm-usage',
    '--no-first-run',
    '--disable-background-networking',
  ]
  return chromium.launch({ executablePath: await findChromium(process.env), args })
}

/** Collects what a page complains of: errors of scripts, of the console, files not loaded. */
export function complaintsOf(page: Page): readonly string[] {
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  page.on('requestfailed', (request) => {
    // The page ends what it no longer needs, such as the stream of a run.
    if (request.failure()?.errorText !== 'net::ERR_ABORTED')
      complaints.push(`not loaded: ${request.url()}`)
  })
  return complaints
}

/**
 * Serves the built page on an API that a test makes up, so that the test decides what arrives and
 * when. Returns the page's address.
 */
export async function servePageOn(
  api: (server: FastifyInstance) => void,
): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
  const app = fastify({ forceCloseConnections: true })
  servePage(app, { version: 'test', metrics: { missing: 'off' } })
  await app.register(async (server) => api(server), { prefix: '/api/v0' })
  return { url: await app.listen({ port: 0, host: '127.0.0.1' }), close: () => app.close() }
}
