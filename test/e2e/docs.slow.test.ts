import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { complaintsOf, launchBrowser } from '../support/browser.ts'
import { useEngine } from '../support/engine.ts'

/** Where the pictures are kept, for somebody to look at. */
const pictures = resolve(import.meta.dirname, '../../coverage/screenshots')

describe('/docs in a real browser', () => {
  const engine = useEngine({ project: 'examples/quickstart' })
  let browser: Browser
  let page: Page
  let complaints: readonly string[]

  beforeAll(async () => {
    mkdirSync(pictures, { recursive: true })
    await engine.run('order', { items: [{ sku: 'apple' }] })
    browser = await launchBrowser()
    page = await browser.newPage({ viewport: { width: 1200, height: 900 } })
    complaints = complaintsOf(page)
  })
  afterAll(async () => {
    await browser?.close()
  })

  it('Should open with every operation, loading nothing from elsewhere, and complain of nothing', async () => {
    const hosts = new Set<string>()
    page.on('request', (request) => hosts.add(new URL(request.url()).origin))
    await page.goto(`${engine.api}/docs`)
    await page.waitForSelector('.opblock')
    await page.screenshot({ path: join(pictures, 'docs.png') })
    expect(await page.locator('.opblock').count()).toBeGreaterThan(15)
    expect([...hosts].filter((host) => host !== engine.api && !host.startsWith('null'))).toEqual([])
    expect(complaints).toEqual([])
  })

  it('Should expand the metrics, execute them, and show the exposition text', async () => {
    const operation = page.locator('.opblock', { has: page.locator('[data-path="/metrics"]') })
    await operation.locator('.opblock-summary').click()
    await operation.getByRole('button', { name: 'Try it out' }).click()
    await operation.getByRole('button', { name: 'Execute' }).click()
    const answer = operation.locator('.live-responses-table')
    await answer.waitFor()
    await operation.scrollIntoViewIfNeeded()
    await answer.scrollIntoViewIfNeeded()
    await page.screenshot({ path: join(pictures, 'docs-metrics.png') })
    const text = await answer.innerText()
    expect(text).toContain('200')
    expect(text).toContain('# TYPE compozy_http_requests_total counter')
    expect(text).toContain('compozy_temporal_workflow_completed_total{workflow_type="order"} 1')
    expect(text).toMatch(
      /content-type: (text\/plain; version=0\.0\.4|application\/openmetrics-text)/,
    )
    expect(complaints).toEqual([])
  })
})
