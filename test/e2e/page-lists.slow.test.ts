import type { FastifyInstance } from 'fastify'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { launchBrowser, servePageOn } from '../support/browser.ts'

const at = '2026-11-28T10:00:00.000Z'

describe('the lists of the page', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterAll(() => browser?.close())

  /** Opens a view of the page on an API that the test makes up. */
  async function open(view: string, api: (server: FastifyInstance) => void) {
    const { url, close } = await servePageOn(api)
    const page = await browser.newPage()
    onTestFinished(async () => {
      await page.close()
      await close()
    })
    await page.goto(`${url}/#/${view}`)
    return page
  }

  const schedule = (workflow_id: string) => ({
    workflow_id,
    cron: '0 6 * * *',
    timezone: 'UTC',
    enabled: true,
    next_run_at: at,
    last_run_at: null,
    error: null,
  })

  it.each([
    ['as started, with a link', 'nightly-1', 'Run nightly-1 has started.'],
    ['as not started yet', null, 'nightly is triggered. Temporal has not started the run yet.'],
  ])('Should tell of the run of a triggered schedule: %s', async (_, exec_id, text) => {
    const page = await open('schedules', (api) => {
      api.get('/schedules', async () => ({ items: [schedule('nightly')], next_cursor: null }))
      api.post('/schedules/nightly/trigger', async () => ({ workflow_id: 'nightly', exec_id }))
    })
    await page.getByRole('button', { name: 'Trigger' }).click()
    const said = page.getByRole('main').getByRole('status').filter({ hasText: text })
    await said.waitFor()
    const links = await said.getByRole('link').all()
    const places = await Promise.all(links.map((link) => link.getAttribute('href')))
    expect(places).toEqual(exec_id === null ? [] : ['#/runs/nightly-1'])
  })
})
