import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findChromium } from '../../scripts/programs/chromium.ts'
import { closed, startRun } from '../support/api.ts'
import { copyProject, startCompozy, type Running } from '../support/compozy.ts'

/** Where the pictures are kept, for somebody to look at. */
const pictures = resolve(import.meta.dirname, '../../coverage/screenshots')

describe('/docs in a real browser', () => {
  const project = copyProject('examples/quickstart')
  let engine: Running
  let browser: Browser
  let page: Page
  const complaints: string[] = []

  beforeAll(async () => {
    mkdirSync(pictures, { recursive: true })
    engine = await startCompozy([
      'dev',
      '--cwd',
      project.dir,
      '--port',
      '0',
      '--temporal-port',
      '0',
    ])
    await closed(
      engine.ready.api,
      await startRun(engine.ready.api, 'order', { items: [{ sku: 'apple' }] }),
    )
    const args = [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--no-first-run',
      '--disable-background-networking',
    ]
    browser = await chromium.launch({ executablePath: await findChromium(process.env), args })
    page = await browser.newPage({ viewport: { width: 1200, height: 900 } })
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
    page.on('requestfailed', (request) => complaints.push(`not loaded: ${request.url()}`))
  })
  afterAll(async () => {
    await browser?.close()
    await engine?.stop()
    project.remove()
  })

  it('Should open with every operation, loading nothing from elsewhere, and complain of nothing', async () => {
    const hosts = new Set<string>()
    page.on('request', (request) => hosts.add(new URL(request.url()).origin))
    await page.goto(`${engine.ready.api}/docs`)
    await page.waitForSelector('.opblock')
    await page.screenshot({ path: join(pictures, 'docs.png') })
    expect(await page.locator('.opblock').count()).toBeGreaterThan(15)
    expect(
      [...hosts].filter((host) => host !== engine.ready.api && !host.startsWith('null')),
    ).toEqual([])
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
