/** `npm run screenshots`: takes the pictures of the documentation from a running example. */
import { join, resolve } from 'node:path'
import type { Page } from 'playwright-core'
import { closed, startRun, taskReaches } from '../test/support/api.ts'
import { launchBrowser } from '../test/support/browser.ts'
import { copyProject, startCompozy } from '../test/support/compozy.ts'

const images = resolve(import.meta.dirname, '../docs/images')
const viewport = { width: 1200, height: 760 }

/** How long the monitor collects before its picture, ms: a rate needs two scrapes. */
const collectMs = 65_000

/** Starts runs that end well, fail, and wait. */
async function makeRuns(api: string): Promise<{ failed: string; retried: string }> {
  const apples = { items: [{ sku: 'apple', quantity: 3 }] }
  await closed(api, await startRun(api, 'order', apples))
  const retried = await startRun(api, 'order', { ...apples, card: 'flaky' })
  await closed(api, retried)
  const failed = await startRun(api, 'order', { ...apples, card: 'declined' })
  await closed(api, failed)
  const waiting = await startRun(api, 'order', { items: [{ sku: 'piano' }] })
  await taskReaches(api, waiting, 'approval', 'running')
  return { failed, retried }
}

const project = copyProject('examples/quickstart')
const options = ['--cwd', project.dir, '--port', '0', '--temporal-port', '0']
const engine = await startCompozy(['dev', ...options])
const browser = await launchBrowser()
try {
  const { api } = engine.ready
  const page = await browser.newPage({ viewport })
  const take = async (name: string, view: Page = page) => {
    await view.screenshot({ path: join(images, `page-${name}.png`) })
    console.log(`docs/images/page-${name}.png`)
  }
  const monitor = await browser.newPage({ viewport })
  await monitor.goto(`${api}/#/monitor`)
  const { failed, retried } = await makeRuns(api)
  await page.goto(`${api}/#/runs/${failed}`)
  const log = page.getByRole('log', { name: 'Logs of pay' })
  await log.getByText('attempt 1').waitFor()
  await take('failed')
  await page.goto(`${api}/#/runs/${retried}`)
  await page.getByRole('button', { name: /^pay / }).click()
  await log.getByText('attempt 3').waitFor()
  const panel = page.getByRole('region', { name: 'Task pay' })
  await panel.screenshot({ path: join(images, 'page-logs.png') })
  await page.goto(`${api}/#/runs`)
  await page.getByRole('link', { name: failed }).waitFor()
  await take('runs')
  const ends = Date.now() + collectMs
  while (Date.now() < ends)
    await closed(api, await startRun(api, 'order', { items: [{ sku: 'pear' }] }))
  await take('monitor', monitor)
} finally {
  await browser.close()
  await engine.stop()
  project.remove()
}
