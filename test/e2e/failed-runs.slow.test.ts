import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { call, closed, startRun, taskReaches } from '../support/api.ts'
import { launchBrowser } from '../support/browser.ts'
import { copyProject, startCompozy, type Running } from '../support/compozy.ts'

const pictures = resolve(import.meta.dirname, '../../coverage/screenshots')
const height = 900

/** Each kind of failure, and the words that name its cause to somebody who is new to it. */
const failures: readonly (readonly [string, object, readonly string[]])[] = [
  ['thrown', {}, ['ToolError:Declined', 'no funds', 'charge', '2 attempts']],
  ['caused', {}, ['cannot load the rates', 'connection refused by bank.test']],
  ['late', {}, ['ToolTimeout', '500ms', 'charge']],
  ['crashed', {}, ['ToolCrashed', 'code 7', 'charge']],
  ['denied', {}, ['ToolDenied', '--allow-read', '/etc/hostname']],
  ['input', {}, ['InvalidToolInput', '/n', 'integer']],
  ['output', {}, ['InvalidToolOutput', '/n', '10']],
  ['large', {}, ['LimitExceeded', '2500011', 'charge']],
  ['template', { n: 0 }, ['TemplateError', 'total', 'div']],
  ['route', { kind: 'silver' }, ['NoRoute', 'silver', 'gold']],
  ['signal', {}, ['WaitTimeout', 'approve', '1s']],
  ['child', {}, ['ChildFailed', 'no funds']],
  ['handler', {}, ['ToolCrashed', 'refund']],
  ['slow', {}, ['timed out']],
  ['open', {}, ['terminated', 'gone wrong on purpose']],
]

describe('a failed run on the page', () => {
  const project = copyProject('test/e2e/fixtures/failures')
  let engine: Running
  let browser: Browser
  let page: Page
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
    browser = await launchBrowser()
    page = await browser.newPage({ viewport: { width: 1280, height } })
  })
  afterAll(async () => {
    await browser?.close()
    await engine?.stop()
    project.remove()
  })

  it.each(failures)(
    'Should name its cause on the first screen: %s',
    async (workflow, input, words) => {
      const { api } = engine.ready
      const id = await startRun(api, workflow, input as never)
      if (workflow === 'open') {
        await taskReaches(api, id, 'go', 'running')
        const reason = { reason: 'gone wrong on purpose' }
        await call(api, 'POST', `/api/v0/executions/workflows/${id}/terminate`, reason)
      }
      await closed(api, id)
      await page.goto(`${api}/#/runs/${id}`)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await page.waitForLoadState('networkidle')
      await page.screenshot({ path: join(pictures, `failed-${workflow}.png`) })
      const seen: string[] = []
      for (const word of words) {
        const places = page.getByText(word)
        for (let at = 0; at < (await places.count()); at++) {
          const box = await places.nth(at).boundingBox()
          if (box !== null && box.y + Math.min(box.height, 40) <= height) {
            seen.push(word)
            break
          }
        }
      }
      expect(seen).toEqual(words)
    },
  )
})
