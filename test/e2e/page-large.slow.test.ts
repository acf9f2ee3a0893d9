import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { describe, expect, it, onTestFinished } from 'vitest'
import { launchBrowser } from '../support/browser.ts'
import { startEngine } from '../support/engine.ts'

const items = 10_000
/** The items whose task fails. */
const failing = [17, 5_000, 9_999]

const workflow = `id: large
tasks:
  - id: each
    type: collection
    strategy: best_effort
    items: '{{ until ${items} }}'
    batch: 500
    task:
      type: aggregate
      outputs: { n: '{{ if has .item (list ${failing.join(' ')}) }}{{ div 1 0 }}{{ end }}{{ .item }}' }
outputs: { failed: '{{ len .tasks.each.errors }}' }
`

/** As many tasks in a row as the view of a run has no room for. */
const rowOfTasks = 260
const row = Array.from({ length: rowOfTasks }, (_, at) => {
  const next = at + 1 < rowOfTasks ? `, on_success: { next: t${at + 1} }` : ''
  return `{ id: t${at}, type: aggregate, outputs: { n: ${at} }${next} }`
})
const long = `id: long\ntasks: [${row.join(', ')}]\n`

/** Runs before the page's own code: remembers tasks of the browser that last over 50 ms. */
const observeTasks = `
  window.longTasks = [];
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) window.longTasks.push(duration);
  }).observe({ type: 'longtask', buffered: true });`

/** When the page first showed something, ms since the browser began to load it. */
const firstPaint = `performance.getEntriesByName('first-contentful-paint')[0].startTime`

/** Share of a core that the page's main thread uses while this lasts. */
async function busyShare(page: Page, milliseconds: number): Promise<number> {
  // One session: another one would begin to count anew.
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable', { timeDomain: 'timeTicks' })
  const seconds = async () => {
    const { metrics } = await session.send('Performance.getMetrics')
    return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN
  }
  const before = await seconds()
  await page.waitForTimeout(milliseconds)
  const share = ((await seconds()) - before) / (milliseconds / 1_000)
  await session.detach()
  return share
}

describe(`a run of ${items} items on the page`, () => {
  it('Should open in a bounded page, show failures and every item, and be quiet when idle', async () => {
    const engine = await startEngine({
      project: 'test/e2e/fixtures/hello',
      prepare: (dir) => {
        writeFileSync(join(dir, 'workflows/large.yaml'), workflow)
        writeFileSync(join(dir, 'workflows/long.yaml'), long)
      },
    })
    const browser = await launchBrowser()
    onTestFinished(() => browser.close())
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
    await page.addInitScript(observeTasks)
    let bytes = 0
    let requests = 0
    const session = await page.context().newCDPSession(page)
    await session.send('Network.enable')
    session.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength))
    page.on('request', () => requests++)
    const longest = async () => Math.max(0, ...(await page.evaluate<number[]>('window.longTasks')))

    const begun = performance.now()
    const id = await engine.start('large')
    await page.goto(`${engine.api}/#/runs/${id}`)
    const title = page.getByRole('heading', { level: 1 })
    await title.getByText('completed').waitFor({ timeout: 120_000 })
    const watched = {
      seconds: (performance.now() - begun) / 1_000,
      bytes,
      longest: await longest(),
    }
    expect(await engine.execution(id)).toMatchObject({ output: { failed: failing.length } })

    await page.goto('about:blank')
    bytes = 0
    const opened = performance.now()
    await page.goto(`${engine.api}/#/runs/${id}`)
    await page.getByRole('button', { name: /^each / }).waitFor()
    const opens = {
      ms: performance.now() - opened,
      firstPaintMs: await page.evaluate<number>(firstPaint),
      longest: await longest(),
    }
    await page.waitForLoadState('networkidle')
    const closed = {
      ...opens,
      bytes,
      elements: await page.evaluate<number>('document.querySelectorAll("*").length'),
    }

    const all = page.getByRole('heading', { name: 'All tasks that started' })
    expect(await all.count()).toBe(0)
    await page.getByRole('button', { name: /^each / }).click()
    const inside = page.getByRole('region', { name: 'Task each' })
    await inside.getByLabel('Status').selectOption('failed')
    await inside.getByRole('button', { name: 'each-9999' }).waitFor()
    expect(await inside.locator('ul.inside li').count()).toBe(failing.length)
    await inside.getByLabel('Status').selectOption('')
    await inside.getByRole('button', { name: 'each-199', exact: true }).waitFor()
    await inside.getByRole('button', { name: 'Next' }).click()
    await inside.getByRole('button', { name: 'each-399', exact: true }).click()
    await page.getByRole('region', { name: 'Task each/each-399' }).waitFor()

    requests = 0
    const idle = { cpu: await busyShare(page, 10_000), requestsAMinute: requests * 6 }
    const used = { longest: await longest() }
    console.log(JSON.stringify({ watched, closed, used, idle }))
    expect(closed.elements).toBeLessThan(6_000)
    expect(closed.bytes).toBeLessThan(1_000_000)
    expect(idle.requestsAMinute).toBeLessThan(60)

    const longId = await engine.start('long')
    await engine.closed(longId)
    await page.goto(`${engine.api}/#/runs/${longId}`)
    await all.waitFor()
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByRole('button', { name: `t${rowOfTasks - 1}`, exact: true }).click()
    const last = page.getByRole('region', { name: `Task t${rowOfTasks - 1}` })
    await last.getByText(`"n": ${rowOfTasks - 1}`).waitFor()
  }, 240_000)
})
