import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { closed, startRun } from '../support/api.ts'
import { complaintsOf, launchBrowser } from '../support/browser.ts'
import { copyProject, startCompozy, type Running } from '../support/compozy.ts'

const pictures = resolve(import.meta.dirname, '../../coverage/screenshots')
const apiToken = 'a'.repeat(40)
const metricsToken = 'm'.repeat(40)

describe('the monitor of the page where it can not read the metrics endpoint', () => {
  const project = copyProject('examples/quickstart')
  const secret = (name: string, text: string): string => {
    const path = join(project.dir, name)
    writeFileSync(path, text)
    return path
  }
  const files = {
    COMPOZY_API_TOKEN_FILE: secret('api-token', apiToken),
    MONITORING_TOKEN_FILE: secret('metrics-token', metricsToken),
  }
  let browser: Browser
  beforeAll(async () => {
    mkdirSync(pictures, { recursive: true })
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    project.remove()
  })

  /** Opens the monitor of an engine with these settings, in a tab of its own. */
  async function openMonitor(env: Record<string, string>) {
    const args = ['dev', '--cwd', project.dir, '--port', '0', '--temporal-port', '0']
    const engine: Running = await startCompozy(args, { env })
    onTestFinished(async () => void (await engine.stop()))
    const page: Page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
    const complaints = complaintsOf(page)
    await page.goto(`${engine.ready.api}/#/monitor`)
    return { engine, page, complaints }
  }

  it('Should show the numbers that monitoring.listen serves at another address', async () => {
    const { engine, page, complaints } = await openMonitor({ MONITORING_LISTEN: '127.0.0.1:0' })
    const { api, metrics } = engine.ready
    expect(new URL(metrics!).port).not.toBe(new URL(api).port)
    expect((await fetch(`${api}/metrics`)).status).toBe(404)
    const strip = page.getByRole('banner').getByRole('status')
    await strip.getByText(/workers [1-9]\d* of [1-9]/).waitFor()
    const id = await startRun(api, 'order', { items: [{ sku: 'apple' }] })
    expect((await closed(api, id)).status).toBe('completed')
    const ended = page.locator('.chart', { hasText: 'Runs ended' })
    await ended.getByText(/completed order 0\.0\d+\/s/).waitFor({ timeout: 40_000 })
    await page.screenshot({ path: join(pictures, 'monitor-listen.png'), fullPage: true })
    const theirs = await fetch(metrics!).then((answer) => answer.text())
    expect(theirs).toContain('compozy_temporal_workflow_completed_total{workflow_type="order"} 1\n')
    expect(complaints).toEqual([])
  })

  it('Should ask for the token of the API where a token protects the metrics', async () => {
    const { engine, page } = await openMonitor(files)
    expect((await fetch(`${engine.ready.api}/page/metrics`)).status).toBe(401)
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Token').fill(apiToken)
    await dialog.getByRole('button', { name: 'Use it' }).click()
    const strip = page.getByRole('banner').getByRole('status')
    await strip.getByText(/workers [1-9]\d* of [1-9]/).waitFor()
  })

  it('Should say why there are no numbers where the API has no token', async () => {
    const { MONITORING_TOKEN_FILE } = files
    const { engine, page } = await openMonitor({ MONITORING_TOKEN_FILE })
    await page.getByText('monitoring.token_file protects the metrics').waitFor()
    expect((await fetch(`${engine.ready.api}/page/metrics`)).status).toBe(404)
    expect(await page.locator('.chart').count()).toBe(0)
  })
})
