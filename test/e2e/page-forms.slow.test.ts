import type { Browser, Locator } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { launchBrowser, servePageOn } from '../support/browser.ts'

describe('the forms of the page', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterAll(() => browser?.close())

  /** Opens the form that starts a workflow with this schema; gives it and what it sends. */
  async function openForm(properties: object, required: readonly string[] = []) {
    const input_schema = { type: 'object', properties, required }
    const sent: unknown[] = []
    const { url, close } = await servePageOn((api) => {
      const items = [{ id: 'trade', description: null, input_schema }]
      api.get('/workflows', async () => ({ items, next_cursor: null }))
      api.post('/workflows/trade/executions', async ({ body }) => {
        sent.push(body)
        return { exec_id: 'trade-1' }
      })
    })
    const page = await browser.newPage()
    onTestFinished(async () => {
      await page.close()
      await close()
    })
    await page.goto(`${url}/#/workflows`)
    await page.getByRole('button', { name: 'Start' }).click()
    const form = page.getByRole('dialog')
    const start = async () => {
      await form.getByRole('button', { name: 'Start' }).click()
      await page.waitForURL(/#\/runs\/trade-1/)
      return sent
    }
    return { page, form, sent, start }
  }

  /** What the browser has against the value of a field; empty where it takes it. */
  const problemOf = (field: Locator) =>
    field.evaluate((input) => (input as { readonly validationMessage?: string }).validationMessage)

  it('Should keep a number as it is typed, and send it as a number', async () => {
    const { form, start } = await openForm({ rate: { type: 'number' }, n: { type: 'integer' } })
    const rate = form.getByLabel('rate')
    for (const [key, text] of [
      ['0', '0'],
      ['.0', '0.0'],
      ['05', '0.005'],
    ] as const) {
      await rate.pressSequentially(key)
      expect(await rate.inputValue()).toBe(text)
    }
    await form.getByLabel('n', { exact: true }).pressSequentially('1000')
    expect(await start()).toEqual([{ input: { rate: 0.005, n: 1_000 } }])
  })

  it('Should keep a number that is too large to be exact as it is typed, and refuse it', async () => {
    const { form, sent } = await openForm({ n: { type: 'integer' } })
    const field = form.getByLabel('n', { exact: true })
    await field.pressSequentially('9007199254740993')
    expect(await field.inputValue()).toBe('9007199254740993')
    expect(await problemOf(field)).toContain('9007199254740993 is too large to be exact')
    await form.getByRole('button', { name: 'Start' }).click()
    expect(sent).toEqual([])
  })

  it.each(['Close', 'Escape'])('Should give the focus back to its button at %s', async (way) => {
    const { page, form } = await openForm({ n: { type: 'integer' } })
    const focus = page.locator(':focus')
    await form.getByLabel('n', { exact: true }).focus()
    if (way === 'Escape') await page.keyboard.press(way)
    else await form.getByRole('button', { name: way }).click()
    await form.waitFor({ state: 'detached' })
    expect(await focus.allTextContents()).toEqual(['Start'])
  })

  const city = { type: 'string' }
  const address = {
    type: 'object',
    required: ['city', 'kind'],
    properties: { city, kind: { enum: ['home', 'work'] } },
  }

  it('Should leave out an optional object in which nothing is entered, required fields or not', async () => {
    const { form, start } = await openForm({ name: { type: 'string' }, address }, ['name'])
    await form.getByLabel('name').fill('Ada')
    await form.getByLabel('city').fill('London')
    await form.getByLabel('kind').selectOption('work')
    await form.getByLabel('kind').selectOption('–')
    await form.getByLabel('city').fill('')
    expect(await start()).toEqual([{ input: { name: 'Ada' } }])
  })

  it('Should ask for the required fields of an optional object once one is entered', async () => {
    const { form, sent, start } = await openForm({ address })
    await form.getByLabel('city').fill('London')
    expect(await form.getByLabel('kind').inputValue()).toBe('')
    await form.getByRole('button', { name: 'Start' }).click()
    expect(await problemOf(form.getByLabel('kind'))).not.toBe('')
    expect(sent).toEqual([])
    await form.getByLabel('kind').selectOption('home')
    expect(await start()).toEqual([{ input: { address: { city: 'London', kind: 'home' } } }])
  })

  it('Should ask for a required object', async () => {
    const { form, sent } = await openForm({ address }, ['address'])
    await form.getByLabel('kind').selectOption('–')
    await form.getByRole('button', { name: 'Start' }).click()
    expect(await problemOf(form.getByLabel('city'))).not.toBe('')
    expect(await problemOf(form.getByLabel('kind'))).not.toBe('')
    expect(sent).toEqual([])
  })
})
