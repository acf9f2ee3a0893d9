import Fastify from 'fastify'
import { describe, expect, it, onTestFinished } from 'vitest'
import { run as compozy } from '../../cli/testing/run.ts'
import {
  createMonitoring,
  libraryRules,
  parseExposition,
} from '../../engine/infra/monitoring/public/index.ts'
import { testFiring, type InputSeries } from '../support/promtool.ts'

const rules = libraryRules({ prefix: 'shop', job: 'web' })
const all = rules.groups.flatMap(({ rules: own }) => own as { alert?: string; expr: string }[])

/** What promtool says about alerts after half an hour of these series. */
const promtool = (series: InputSeries, alert: string, fires: boolean): Promise<string> =>
  testFiring(rules, series, { alert, at: '30m', fires })

const on = 'job="web", instance="a"'
const up = [
  { series: `up{${on}}`, values: '1x40' },
  { series: `shop_uptime_seconds_total{${on}}`, values: '3600+60x40' },
]
const replies = (status: string, values: string) => ({
  series: `shop_http_requests_total{${on}, method="GET", path="/orders/:id", status_code="${status}"}`,
  values,
})

/** The second scrape of an application that does nothing. */
async function scrapeOf(options: Parameters<typeof createMonitoring>[0]): Promise<string> {
  const monitoring = await createMonitoring(options)
  const app = Fastify()
  onTestFinished(async () => {
    await app.close()
    await monitoring.dispose()
  })
  await app.register(monitoring.fastify)
  await app.inject('/metrics')
  return (await app.inject('/metrics')).body
}

describe('alert rules of an application', () => {
  it.each<[string, boolean, InputSeries]>([
    ['ShopApiErrorBudgetFastBurn', true, [replies('200', '0+60x40'), replies('500', '0+30x40')]],
    ['ShopApiErrorBudgetFastBurn', false, [replies('200', '0+60x40'), replies('500', '0x40')]],
    ['ShopMetricsBlind', false, [replies('200', '0+60x40')]],
    ['ShopDown', false, []],
  ])('Should hold for its own prefix and job: %s fires: %s', async (alert, fires, series) => {
    expect(await promtool([...up, ...series], alert, fires)).toContain('SUCCESS')
  })

  it.each<[string, string, string, boolean]>([
    ['never has been configured', '0x40', '0x40', false],
    ['runs', '1x40', '1x40', false],
    ['has failed', '1x40', '1x5 0x35', true],
    ['was stopped', '1x5 0x35', '1x5 0x35', true],
  ])('Should miss workers where a worker %s: %s, %s', async (_, configured, running, fires) => {
    const series = [
      { series: `shop_temporal_workers_configured_total{${on}}`, values: configured },
      { series: `shop_temporal_workers_running_total{${on}}`, values: running },
    ]
    expect(await promtool([...up, ...series], 'ShopNoWorkers', fires)).toContain('SUCCESS')
  })

  it('Should fire nothing for an application that idles without workers', async () => {
    const body = await scrapeOf({ prefix: 'shop' })
    const idle = body
      .split('\n')
      .filter((line) => /^shop_(?!uptime)/.test(line))
      .map((line) => {
        const [, name, labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line)!
        return {
          series: `${name}{${[on, labels].filter(Boolean).join(', ')}}`,
          values: `${value}x40`,
        }
      })
    expect(idle.map(({ series }) => series)).toContain(`shop_temporal_workers_running_total{${on}}`)
    expect(await promtool([...up, ...idle], '.+', false)).toContain('SUCCESS')
  })

  it('Should fire when it is down, and when it answers without metrics', async () => {
    const down = [{ series: `up{${on}}`, values: '0x40' }]
    expect(await promtool(down, 'ShopDown', true)).toContain('SUCCESS')
    const blind = [{ series: `up{${on}}`, values: '1x40' }]
    expect(await promtool(blind, 'ShopMetricsBlind', true)).toContain('SUCCESS')
  })

  it('Should name nothing of the engine, and nothing that the library does not export', async () => {
    const workflowTypes = ['checkout']
    const body = await scrapeOf({ prefix: 'shop', build: { version: '1' }, workflowTypes })
    const parsed = parseExposition(body)
    if (!('families' in parsed)) throw new Error(parsed.message)
    const exported = new Set(parsed.families.map(({ name }) => name))
    expect(all.length).toBeGreaterThan(15)
    for (const { alert = '', expr } of all) {
      expect(`${alert} ${expr}`).not.toMatch(/compozy/i)
      const [family] = /\bshop_[a-z_]+/.exec(expr) ?? []
      const recorded = /:shop_/.test(expr)
      // The alerts of the Temporal SDK begin with its own families.
      if (family !== undefined && !recorded && !alert.startsWith('Temporal'))
        expect([...exported], alert).toContain(family.replace(/_(bucket|count|sum)$/, ''))
    }
  })

  it('Should be printed by the CLI, with the dashboards', async () => {
    const printed = await compozy(['metrics', 'rules', '--prefix', 'shop', '--job', 'web'])
    expect(printed).toMatchObject({ code: 0, stdout: expect.stringContaining('alert: ShopDown') })
    for (const name of ['overview', 'workflows', 'runtime']) {
      const { code, stdout } = await compozy(['metrics', 'dashboard', name, '--prefix', 'shop'])
      expect(code).toBe(0)
      expect(JSON.parse(stdout)).toMatchObject({ uid: `shop-${name}` })
      expect(stdout).not.toMatch(/compozy_/)
    }
  })

  it.each([
    [['rules', '--prefix', 'Shop!'], 'flag --prefix="Shop!"'],
    [['rules', '--prefix', 'temporal'], 'flag --prefix="temporal" belongs to another exporter'],
    [['rules', '--prefix', 'shop', '--job', 'a"b'], 'flag --job'],
    [['rules', '--prefix', 'shop', '--job', '{{x}}'], 'flag --job={{x}}; it must have no quotes'],
    [['rules', '--job', '{{x}}'], 'flag --job={{x}}; it must have no quotes'],
    [['dashboard', 'none'], 'there is no dashboard "none"'],
    [['dashboard', '../../x'], 'there is no dashboard'],
  ])('Should refuse %j', async (args, message) => {
    const { code, stderr } = await compozy(['metrics', ...args])
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
  })
})
