import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { launchBrowser, servePageOn } from '../support/browser.ts'
import { eventually } from '../support/compozy.ts'

const at = '2026-11-28T10:00:00.000Z'

/** Hides the tab, or shows it: a browser without a window has only visible ones. */
const turnTab = (state: 'hidden' | 'visible') => `
  Object.defineProperty(document, 'visibilityState', { configurable: true, value: '${state}' });
  document.dispatchEvent(new Event('visibilitychange'));`

describe('the lists of the page', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterAll(() => browser?.close())

  /** Opens a view of the page on an API that the test makes up. */
  async function open(view: string, api: (server: FastifyInstance) => void, script = '') {
    const { url, close } = await servePageOn(api)
    const page = await browser.newPage()
    await page.clock.install()
    await page.addInitScript(script)
    onTestFinished(async () => {
      await page.close()
      await close()
    })
    await page.goto(`${url}/#/${view}`)
    return page
  }

  /** The nth run; of any two, the later one has the greater number. */
  const run = (n: number, status = 'completed') => ({
    exec_id: `order-${n}`,
    run_id: `r${n}`,
    workflow_id: 'order',
    status,
    started_at: new Date(Date.parse(at) + n * 1_000).toISOString(),
    closed_at: at,
    error: null,
    rerun_of: null,
    child_of: null,
  })

  /** A page of the runs up to the newest; the cursor is the number to begin with. */
  function pageOfRuns(newest: number, { cursor, status }: Record<string, string>) {
    const from = Number(cursor ?? newest)
    const items = Array.from({ length: Math.min(50, from) }, (_, index) =>
      run(from - index, status),
    )
    return { items, next_cursor: from > 50 ? String(from - 50) : null }
  }
  const queryOf = (request: FastifyRequest) => request.query as Record<string, string>

  it('Should keep the pages that are opened whole while new runs start', async () => {
    let newest = 110
    const page = await open('runs', (api) => {
      api.get('/executions/workflows', async (request) => pageOfRuns(newest, queryOf(request)))
    })
    const rows = page.locator('tbody tr')
    const link = (n: number) => page.getByRole('link', { name: `order-${n}`, exact: true })
    const more = page.getByRole('button', { name: 'More runs' })
    await more.click()
    await link(11).waitFor()
    newest = 200
    await page.clock.fastForward(10_000)
    await link(200).waitFor()
    await link(101).waitFor()
    expect(await rows.count()).toBe(100)
    await more.click()
    await link(51).waitFor()
    await more.click()
    await link(1).waitFor()
    expect(await rows.count()).toBe(200)
    expect(await more.count()).toBe(0)
  })

  it('Should show closed runs below open ones that started long before', async () => {
    const open60 = Array.from({ length: 60 }, (_, n) => ({
      ...run(-n, 'running'),
      closed_at: null,
    }))
    const all = [...open60, run(2), run(1)]
    const page = await open('runs', (api) => {
      api.get('/executions/workflows', async (request) => {
        const from = Number(queryOf(request)['cursor'] ?? 0)
        return { items: all.slice(from, from + 50), next_cursor: from === 0 ? '50' : null }
      })
    })
    await page.getByRole('button', { name: 'More runs' }).click()
    await page.getByRole('link', { name: 'order-1', exact: true }).waitFor()
    await page.clock.fastForward(10_000)
    expect(await page.locator('tbody tr').count()).toBe(62)
    await page.getByRole('link', { name: 'order-2', exact: true }).waitFor()
  })

  it('Should load in a hidden tab, and again when it is shown', async () => {
    let newest = 1
    let reads = 0
    const api = (server: FastifyInstance) => {
      server.get('/executions/workflows', async (request) => {
        reads++
        return pageOfRuns(newest, queryOf(request))
      })
      server.get('/workflows', async () => ({ items: [{ id: 'order' }], next_cursor: null }))
    }
    const page = await open('runs', api, turnTab('hidden'))
    await page.getByRole('link', { name: 'order-1', exact: true }).waitFor()
    await page.getByLabel('Workflow').selectOption('order')
    await page.getByRole('link', { name: 'order-1', exact: true }).waitFor()
    newest = 2
    const before = reads
    await page.clock.fastForward(60_000)
    expect(reads).toBe(before)
    await page.evaluate(turnTab('visible'))
    await page.getByRole('link', { name: 'order-2', exact: true }).waitFor()
  })

  it('Should drop older runs of a filter that no longer holds', async () => {
    let arrive = () => {}
    const arrival = new Promise<void>((resolve) => {
      arrive = resolve
    })
    let reads = 0
    const page = await open('runs', (api) => {
      api.get('/executions/workflows', async (request) => {
        const query = queryOf(request)
        if (query['cursor'] !== undefined) await arrival
        else if (query['status'] === 'failed') reads++
        return pageOfRuns(110, query)
      })
    })
    await page.getByRole('button', { name: 'More runs' }).click()
    await page.getByLabel('Status').selectOption('failed')
    await page.locator('tbody').getByText('failed').first().waitFor()
    arrive()
    const before = reads
    await page.clock.fastForward(5_000)
    await eventually(
      async () => reads,
      (count) => count > before,
    )
    expect(await page.locator('tbody tr').count()).toBe(50)
    expect(await page.locator('tbody').getByText('completed').count()).toBe(0)
  })

  it('Should say that a search has found nothing so far, until it has seen every run', async () => {
    const page = await open('runs?error_text=declined', (api) => {
      api.get('/executions/workflows', async (request) => ({
        items: [],
        next_cursor: queryOf(request)['cursor'] === undefined ? 'c' : null,
      }))
    })
    await page.getByText('No run matches among those searched so far.').waitFor()
    await page.getByRole('button', { name: 'More runs' }).click()
    await page.getByText('No run matches.', { exact: true }).waitFor()
    expect(await page.getByRole('button', { name: 'More runs' }).count()).toBe(0)
  })

  it('Should show the last day of a workflow, however long the tab is open', async () => {
    const asked: number[] = []
    const page = await open('workflows/order', (api) => {
      api.get('/workflows/order', async () => ({ id: 'order', tasks: [], input_schema: null }))
      api.get('/executions/workflows', async (request) => {
        asked.push(Date.parse(queryOf(request)['from']!))
        return { items: [run(1)], next_cursor: null }
      })
    })
    const counts = page.locator('.counts').getByRole('link')
    await counts.waitFor()
    await page.clock.fastForward(3_600_000)
    await eventually(
      async () => asked,
      (times) => times.at(-1)! - times[0]! >= 3_600_000,
    )
    await counts.click()
    const after = await page.getByLabel('Started after').inputValue()
    await eventually(
      async () => asked.at(-1),
      (time) => time === new Date(after).getTime(),
    )
    expect(await page.getByLabel('Status').inputValue()).toBe('completed')
  })

  it('Should have every workflow and every schedule, beyond one page of the API', async () => {
    const names = Array.from({ length: 201 }, (_, n) => `w${n}`)
    const pageOf = (request: FastifyRequest, entryOf: (id: string) => object) => {
      const { cursor, limit } = queryOf(request)
      const end = Number(cursor ?? 0) + Number(limit)
      const items = names.slice(Number(cursor ?? 0), end).map(entryOf)
      return { items, next_cursor: end < names.length ? String(end) : null }
    }
    const page = await open('workflows', (api) => {
      api.get('/workflows', async (request) => pageOf(request, (id) => ({ id })))
      api.get('/schedules', async (request) => pageOf(request, schedule))
      api.get('/executions/workflows', async () => ({ items: [], next_cursor: null }))
    })
    await page.getByRole('link', { name: 'w200' }).waitFor()
    expect(await page.locator('.card').count()).toBe(201)
    await page.getByRole('link', { name: 'Schedules' }).click()
    await page.getByRole('link', { name: 'w200' }).waitFor()
    expect(await page.locator('tbody tr').count()).toBe(201)
    await page.getByRole('link', { name: 'Runs', exact: true }).first().click()
    await page.getByLabel('Workflow').selectOption('w200')
  })

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
