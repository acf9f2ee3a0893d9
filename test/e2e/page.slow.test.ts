import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import axe from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { call, closed, startRun, taskReaches } from '../support/api.ts'
import { complaintsOf, launchBrowser } from '../support/browser.ts'
import { copyProject, eventually, startCompozy, type Running } from '../support/compozy.ts'

/** Where the pictures are kept, for somebody to look at. */
const pictures = resolve(import.meta.dirname, '../../coverage/screenshots')

interface Finding {
  readonly id: string
  readonly impact: string
  readonly nodes: readonly { readonly html: string }[]
}

/** What axe finds on the page that keeps somebody from using it. */
async function seriousFindings(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  const violations = await page.evaluate<Finding[]>(
    'axe.run().then(({ violations }) => violations)',
  )
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)
}

/** Pixels that are hidden at the right edge of what scrolls. */
const hiddenWidth = `Math.max(0, ...[...document.querySelectorAll('.scroll')].map(
  (each) => each.scrollWidth - each.clientWidth))`

describe('the page in a real browser', () => {
  const project = copyProject('examples/quickstart')
  let engine: Running
  let browser: Browser
  let page: Page
  let complaints: readonly string[]

  const open = (hash: string) => page.goto(`${engine.ready.api}/${hash}`)
  const picture = (name: string) =>
    page.screenshot({ path: join(pictures, `page-${name}.png`), fullPage: true })

  /** Changes files of the running project, and waits until `dev` has loaded them. */
  const replaceSources = async (
    ...changes: readonly { readonly file: string; readonly from: string; readonly to: string }[]
  ): Promise<() => Promise<void>> => {
    for (const { file, from, to } of changes) {
      const path = join(project.dir, file)
      writeFileSync(path, readFileSync(path, 'utf8').replace(from, to))
    }
    const version = changes.at(-1)!.to.replace('version: ', '')
    await eventually(
      () => call(engine.ready.api, 'GET', '/api/v0/workflows/order'),
      ({ body }) => body['version'] === version,
    )
    const back = changes.map(({ file, from, to }) => ({ file, from: to, to: from }))
    return async () => void (await replaceSources(...back))
  }

  beforeAll(async () => {
    mkdirSync(pictures, { recursive: true })
    const options = ['--cwd', project.dir, '--port', '0', '--temporal-port', '0']
    engine = await startCompozy(['dev', ...options])
    browser = await launchBrowser()
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
    complaints = complaintsOf(page)
  })
  afterAll(async () => {
    await browser?.close()
    await engine?.stop()
    project.remove()
  })

  it('Should start a run by the form of its schema, and follow it to its end', async () => {
    await open('#/workflows')
    await page.getByRole('button', { name: 'Start' }).first().click()
    await page.getByLabel('sku').fill('apple')
    await page.getByLabel('quantity').fill('3')
    await page.getByRole('dialog').getByRole('button', { name: 'Start' }).click()
    await page.waitForURL(/#\/runs\/order-/)
    const title = page.getByRole('heading', { level: 1 })
    await title.getByText('completed').waitFor()
    expect(await page.getByRole('region', { name: 'Output of the run' }).textContent()).toContain(
      '"status": "paid"',
    )
    await picture('run')
  })

  it('Should say in the form what the API refuses, and keep what was typed', async () => {
    await open('#/workflows')
    await page.getByRole('button', { name: 'Start' }).first().click()
    await page.getByLabel('sku').fill('apple')
    await page.getByLabel('quantity').fill('0')
    // The browser itself would stop here; a person can get past it, so the API decides.
    await page.locator('dialog form').evaluate((form) => form.setAttribute('novalidate', ''))
    await page.getByRole('dialog').getByRole('button', { name: 'Start' }).click()
    const refusal = page.getByRole('dialog').getByRole('alert')
    await refusal.waitFor()
    expect(await refusal.textContent()).toMatch(/quantity.*(at least|>=|minimum).*1/s)
    expect(await page.getByLabel('sku').inputValue()).toBe('apple')
  })

  it('Should send the signal that a run waits for', async () => {
    const { api } = engine.ready
    const id = await startRun(api, 'order', { items: [{ sku: 'piano' }] })
    await taskReaches(api, id, 'approval', 'running')
    await open(`#/runs/${id}`)
    await page.getByRole('button', { name: 'Signal' }).click()
    await page.getByText('This workflow waits for: approve').waitFor()
    await page.getByLabel('Payload (JSON)').fill('{"approved": true, "by": "Ada"}')
    await page.getByRole('button', { name: 'Send' }).click()
    await page.getByRole('heading', { level: 1 }).getByText('completed').waitFor()
    expect((await closed(api, id)).status).toBe('completed')
  })

  it('Should show at once which task failed, and why', async () => {
    const { api } = engine.ready
    const id = await startRun(api, 'order', { items: [{ sku: 'apple' }], card: 'declined' })
    const { error } = await closed(api, id)
    await open(`#/runs/${id}`)
    const panel = page.getByRole('region', { name: 'Task pay' })
    await panel.waitFor()
    expect(await panel.textContent()).toContain(error?.message ?? 'no error')
    expect(await panel.getByRole('region', { name: 'Input of pay' }).textContent()).toContain(
      '"card": "declined"',
    )
    await page.getByRole('heading', { name: 'History' }).click()
    await page
      .getByText('task pay failed')
      .or(page.getByText(/pay failed/))
      .first()
      .waitFor()
    await picture('failed')
    await open('#/runs')
    await page.getByRole('link', { name: id }).waitFor()
    await picture('runs')
    const row = page.getByRole('row', { name: id })
    expect(await row.textContent()).toContain(error?.message ?? 'no error')
  })

  it('Should name a filter in the address that is no time, and list every run', async () => {
    const { api } = engine.ready
    const id = await startRun(api, 'order', { items: [{ sku: 'apple' }] })
    await open('#/runs?after=foo')
    await page.getByRole('link', { name: id }).waitFor()
    expect(await page.getByRole('alert').textContent()).toContain('"foo" in the address is no time')
  })

  it('Should run a failed one again from the task that failed, and say what it repeats', async () => {
    const { api } = engine.ready
    const id = await startRun(api, 'order', { items: [{ sku: 'apple' }], card: 'declined' })
    await closed(api, id)
    await open(`#/runs/${id}`)
    await page.getByRole('button', { name: 'Run again' }).click()
    const dialog = page.getByRole('dialog')
    expect(await dialog.getByLabel('From').inputValue()).toBe('failed_task')
    await dialog.getByRole('button', { name: 'Run again' }).click()
    await page.getByRole('link', { name: id }).waitFor()
    await page.getByRole('heading', { level: 1 }).getByText('failed').waitFor()
    const repeated = await closed(api, new URL(page.url()).hash.replace('#/runs/', ''))
    expect(repeated).toMatchObject({ rerun_of: id, tasks: { pay: { status: 'failed' } } })
  })

  it('Should complete a failed one from the task that failed, once its cause is mended', async () => {
    const { api } = engine.ready
    const id = await startRun(api, 'order', { items: [{ sku: 'apple' }], card: 'declined' })
    await closed(api, id)
    const restore = await replaceSources(
      { file: 'tools/charge.ts', from: "card === 'declined'", to: "card === 'stolen'" },
      { file: 'workflows/order.yaml', from: 'version: 1.0.0', to: 'version: 1.0.1' },
    )
    await open(`#/runs/${id}`)
    await page.getByRole('button', { name: 'Run again' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Run again' }).click()
    await page.getByRole('link', { name: id }).waitFor()
    await page.getByRole('heading', { level: 1 }).getByText('completed').waitFor()
    const repeated = await closed(api, new URL(page.url()).hash.replace('#/runs/', ''))
    expect(repeated).toMatchObject({ status: 'completed', rerun_of: id })
    await page.getByRole('button', { name: /^stock .*carried over/ }).click()
    const panel = page.getByRole('region', { name: 'Task stock' })
    await panel.getByText('Carried over: it ran in').waitFor()
    expect(await panel.getByRole('link', { name: id }).count()).toBe(1)
    expect(await call(api, 'GET', `/api/v0/executions/workflows/${id}`)).toMatchObject({
      body: { status: 'failed', reruns: [repeated.exec_id] },
    })
    await picture('mended')
    await restore()
  })

  it('Should show each attempt of a task that was retried', async () => {
    const { api } = engine.ready
    const id = await startRun(api, 'order', { items: [{ sku: 'apple' }], card: 'flaky' })
    await closed(api, id)
    await open(`#/runs/${id}`)
    await page.getByRole('button', { name: /^pay / }).click()
    const panel = page.getByRole('region', { name: 'Task pay' })
    await panel.getByRole('heading', { name: '3 attempts' }).waitFor()
    const facts = panel.locator('.facts')
    await facts.getByText('Tool', { exact: true }).waitFor()
    expect(await facts.textContent()).toMatch(
      /Toolorder\/charge.*Defined atworkflows\/order\.yaml:\d+:\d+/,
    )
    expect(await panel.locator('.attempts .notice').count()).toBe(2)
    const log = panel.getByRole('log', { name: 'Logs of pay' })
    await log.getByText('attempt 3').waitFor()
    expect(await log.getByRole('listitem').count()).toBe(3)
    await panel.getByLabel('Attempt').selectOption('2')
    await log.getByText('attempt 1').waitFor({ state: 'detached' })
    expect(await log.textContent()).toContain('attempt 2')
    expect(await seriousFindings(page)).toEqual([])
    await picture('logs')
  })

  it('Should repeat the failed runs of a filter, after it has shown which', async () => {
    const { api } = engine.ready
    const id = await startRun(api, 'order', { items: [{ sku: 'apple' }], card: 'declined' })
    await closed(api, id)
    await open('#/runs?error_text=declined')
    await page.getByRole('button', { name: 'Repeat failed runs' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Show which' }).click()
    await dialog.getByText(id).waitFor()
    expect(await seriousFindings(page)).toEqual([])
    const before = await call(api, 'GET', `/api/v0/executions/workflows?rerun_of=${id}`)
    expect(before.body['items']).toEqual([])
    await dialog.getByRole('button', { name: /^Repeat \d+ runs?$/ }).click()
    await dialog.getByRole('button', { name: 'Done' }).click()
    await eventually(
      async () => (await call(api, 'GET', `/api/v0/executions/workflows/${id}`)).body['reruns'],
      (reruns) => Array.isArray(reruns) && reruns.length === 1,
    )
  })

  it('Should show what tools print while the run goes on', async () => {
    const { api } = engine.ready
    const id = await startRun(api, 'order', { items: [{ sku: 'piano' }] })
    await taskReaches(api, id, 'approval', 'running')
    await open(`#/runs/${id}`)
    await page.getByRole('heading', { name: 'Logs of all tasks' }).click()
    await page.getByText('Nothing printed yet.').waitFor()
    const approval = { method: 'POST', headers: { 'content-type': 'application/json' } }
    const url = `${api}/api/v0/executions/workflows/${id}/signals/approve`
    await fetch(url, { ...approval, body: '{"approved":true,"by":"Ada"}' })
    await page.getByRole('log', { name: 'Logs of the run' }).getByText('charging').waitFor()
    expect((await closed(api, id)).status).toBe('completed')
  })

  it('Should end a run only after a question', async () => {
    const { api } = engine.ready
    const id = await startRun(api, 'order', { items: [{ sku: 'piano' }] })
    await taskReaches(api, id, 'approval', 'running')
    await open(`#/runs/${id}`)
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('dialog').getByText('Its tools stop').waitFor()
    await page.getByRole('button', { name: 'Cancel run' }).click()
    expect((await closed(api, id)).status).toBe('canceled')
  })

  it('Should draw the workflow and the charts, for a narrow screen and in the dark too', async () => {
    const failed = await startRun(engine.ready.api, 'order', {
      items: [{ sku: 'apple' }],
      card: 'declined',
    })
    await closed(engine.ready.api, failed)
    for (const [width, scheme] of [
      [1280, 'light'],
      [1280, 'dark'],
      [390, 'light'],
      [390, 'dark'],
    ] as const) {
      await page.setViewportSize({ width, height: 900 })
      await page.emulateMedia({ colorScheme: scheme })
      for (const [name, hash, wanted] of [
        ['runs', '#/runs', 'table'],
        ['failed', `#/runs/${failed}`, '[aria-label="Task pay"]'],
        ['workflow', '#/workflows/order', 'svg.graph'],
        ['schedules', '#/schedules', 'h1'],
        ['monitor', '#/monitor', '.chart canvas'],
      ] as const) {
        await open(hash)
        await page.locator(wanted).first().waitFor({ timeout: 40_000 })
        expect([name, width, await seriousFindings(page)]).toEqual([name, width, []])
        const overflow = await page.evaluate<number>('document.body.scrollWidth - innerWidth')
        expect(overflow, `${name} at ${width}`).toBeLessThanOrEqual(0)
        // On a phone the drawing of a workflow scrolls sideways. Nothing else does.
        const scrolls = name === 'workflow' && width === 390
        const hidden = scrolls ? 0 : await page.evaluate<number>(hiddenWidth)
        expect([name, width, hidden]).toEqual([name, width, 0])
        await picture(`${name}-${width}-${scheme}`)
      }
    }
  })

  it('Should load nothing from elsewhere, be light, and complain of nothing but the refusal', async () => {
    const origins = await page.evaluate<string[]>(
      'performance.getEntriesByType("resource").map(({ name }) => new URL(name).origin)',
    )
    expect(new Set(origins)).toEqual(new Set([engine.ready.api]))
    const html = await fetch(`${engine.ready.api}/`).then((answer) => answer.text())
    const files = [...html.matchAll(/"(\/page\/[^"]+)"/g)].map(([, file]) => file!)
    const weights = await Promise.all(
      files.map(async (file) => {
        const headers = { 'accept-encoding': 'gzip' }
        const answer = await fetch(`${engine.ready.api}${file}`, { method: 'HEAD', headers })
        return Number(answer.headers.get('content-length'))
      }),
    )
    expect(weights.every((weight) => weight > 0)).toBe(true)
    expect(weights.reduce((a, b) => a + b)).toBeLessThan(150_000)
    expect(complaints.filter((text) => !text.includes('status of 400'))).toEqual([])
  })
})
