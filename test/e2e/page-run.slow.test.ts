import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { launchBrowser, servePageOn } from '../support/browser.ts'

const at = '2026-11-28T10:00:00.000Z'

/** A closed run of one task, as the API tells it. */
const run = {
  exec_id: 'poll-1',
  run_id: 'r1',
  workflow_id: 'poll',
  status: 'completed',
  started_at: at,
  closed_at: at,
  input: {},
  output: {},
  error: null,
  rerun_of: null,
  child_of: null,
  tasks: { ask: { type: 'aggregate', status: 'completed', attempts: 1, started_at: at } },
}

/** The task in one round of a loop. */
const roundOf = (visit: number) => ({
  id: 'ask',
  type: 'aggregate',
  visit,
  status: 'completed',
  started_at: at,
  ended_at: at,
  input: null,
  output: { n: visit },
  error: null,
  next: null,
  attempt_count: 1,
  attempts: [],
  children: [],
  signals: [],
})

describe('a run on the page', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterAll(() => browser?.close())

  /** Opens the panel of the task in a run of so many rounds. */
  async function openTask(rounds: number) {
    const { url, close } = await servePageOn((api) => {
      api.get('/executions/workflows/poll-1', async () => run)
      api.get('/executions/workflows/poll-1/tasks', async ({ query }) => {
        const { order, limit } = query as { order?: string; limit?: string }
        const all = Array.from({ length: rounds }, (_, index) => roundOf(index + 1))
        const ordered = order === 'newest' ? all.toReversed() : all
        return { items: ordered.slice(0, Number(limit ?? 50)), next_cursor: '50' }
      })
    })
    const page = await browser.newPage()
    onTestFinished(async () => {
      await page.close()
      await close()
    })
    await page.goto(`${url}/#/runs/poll-1`)
    await page.getByRole('button', { name: /^ask / }).click()
    return page.getByRole('region', { name: 'Task ask' })
  }

  it('Should show the last round of a task in a loop, and say which it is', async () => {
    const panel = await openTask(73)
    await panel.getByText('"n": 73').waitFor()
    expect(await panel.locator('.facts').textContent()).toContain('Round73, the last one')
  })

  it('Should take an error of the history back once it can be read', async () => {
    let reads = 0
    const { url, close } = await servePageOn((api) => {
      api.get('/executions/workflows/poll-1', async () => run)
      api.get('/executions/workflows/poll-1/tasks', async () => ({ items: [], next_cursor: null }))
      api.get('/executions/workflows/poll-1/history', async ({ query }, reply) => {
        reads++
        const { cursor } = query as { cursor?: string }
        if (cursor !== undefined && reads === 2)
          return reply.code(503).send({ detail: 'Temporal is away' })
        const entry = { type: 'run_started', at, text: `entry ${cursor ?? 'first'}` }
        return { items: [entry], next_cursor: cursor === undefined ? 'second' : null }
      })
    })
    const page = await browser.newPage()
    onTestFinished(async () => {
      await page.close()
      await close()
    })
    await page.goto(`${url}/#/runs/poll-1`)
    await page.getByRole('heading', { name: 'History' }).click()
    const history = page.locator('details', { hasText: 'History' })
    await history.getByText('entry first').waitFor()
    await history.getByRole('button', { name: 'More' }).click()
    await history.getByText('Temporal is away').waitFor()
    await history.getByRole('button', { name: 'More' }).click()
    await history.getByText('entry second').waitFor()
    expect(await history.getByText('Temporal is away').count()).toBe(0)
    expect(await history.getByText('entry first').count()).toBe(1)
  })

  /** Opens *Run again* of the run; gives the form and what it sends. */
  async function openRerun() {
    const sent: unknown[] = []
    const { url, close } = await servePageOn((api) => {
      api.get('/executions/workflows/poll-1', async () => ({ ...run, input: { old: 1 } }))
      api.get('/workflows/poll', async () => ({
        id: 'poll',
        tasks: [],
        input_schema: {
          type: 'object',
          required: ['weight'],
          properties: { weight: { type: 'integer' } },
        },
      }))
      api.post('/executions/workflows/poll-1/rerun', async ({ body }) => {
        sent.push(body)
        return { exec_id: 'poll-2' }
      })
    })
    const page = await browser.newPage()
    onTestFinished(async () => {
      await page.close()
      await close()
    })
    await page.goto(`${url}/#/runs/poll-1`)
    await page.getByRole('button', { name: 'Run again' }).click()
    const form = page.getByRole('dialog')
    const again = form.getByRole('button', { name: 'Run again' })
    const send = async () => {
      await again.click()
      await page.waitForURL(/#\/runs\/poll-2/)
      return sent
    }
    return { form, again, sent, send }
  }

  it('Should repeat a run with its own input, whatever the schema asks for now', async () => {
    const { form, send } = await openRerun()
    expect(await form.getByLabel('weight').count()).toBe(0)
    expect(await send()).toEqual([{ from: 'start', definition: 'current' }])
  })

  it('Should ask for what the schema requires where the input is edited', async () => {
    const { form, again, sent, send } = await openRerun()
    await form.getByLabel('Edit the input').check()
    await again.click()
    expect(sent).toEqual([])
    await form.getByLabel('weight').fill('2')
    expect(await send()).toEqual([
      { from: 'start', definition: 'current', input: { old: 1, weight: 2 } },
    ])
  })

  it('Should take the input of the original definition as JSON', async () => {
    const { form, send } = await openRerun()
    await form.getByLabel('Edit the input').check()
    await form.getByLabel('Definition').selectOption('original')
    expect(await form.getByLabel('weight').count()).toBe(0)
    await form.getByLabel('Input (JSON)').fill('{"old": 2}')
    expect(await send()).toEqual([{ from: 'start', definition: 'original', input: { old: 2 } }])
  })

  /** Sends a signal to the open run, which the API accepts with this answer. */
  async function sendSignal(receipt: object) {
    const { url, close } = await servePageOn((api) => {
      api.get('/executions/workflows/poll-1', async () => ({
        ...run,
        status: 'running',
        closed_at: null,
      }))
      api.get('/executions/workflows/poll-1/events', (_request, reply) => {
        reply.hijack()
        reply.raw.writeHead(200, { 'content-type': 'text/event-stream' }).write(': open\n\n')
      })
      api.post('/executions/workflows/poll-1/signals/go', async () => receipt)
    })
    const page = await browser.newPage()
    onTestFinished(async () => {
      await page.close()
      await close()
    })
    await page.goto(`${url}/#/runs/poll-1`)
    await page.getByRole('button', { name: 'Signal' }).click()
    const form = page.getByRole('dialog')
    await form.getByLabel('Name').fill('go')
    await form.getByRole('button', { name: 'Send' }).click()
    return { page, form }
  }

  it('Should say that no task can take a signal, and keep the form', async () => {
    const warning = 'no task of this run waits for the signal "go"; it waits for no signal'
    const { form } = await sendSignal({ exec_id: 'poll-1', warning })
    await form.getByRole('alert').getByText(`but ${warning}`).waitFor()
    expect(await form.getByLabel('Name').inputValue()).toBe('go')
    expect(await form.getByRole('button', { name: 'Send' }).isEnabled()).toBe(true)
  })

  it('Should close the form of a signal that a task can take, and give the focus back', async () => {
    const { page, form } = await sendSignal({ exec_id: 'poll-1' })
    await form.waitFor({ state: 'detached' })
    expect(await page.locator(':focus').allTextContents()).toEqual(['Signal'])
  })

  it('Should speak of no round where the task ran once', async () => {
    const panel = await openTask(1)
    await panel.getByText('"n": 1').waitFor()
    expect(await panel.locator('.facts').textContent()).not.toContain('Round')
  })
})
