import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import Fastify from 'fastify'
import { describe, expect, it, onTestFinished } from 'vitest'
import { stringify } from 'yaml'
import { run as compozy } from '../../cli/testing/run.ts'
import {
  createMonitoring,
  libraryRules,
  parseExposition,
} from '../../engine/infra/monitoring/public/index.ts'
import { findPrometheus } from '../../scripts/programs/prometheus.ts'

const run = promisify(execFile)
const rules = libraryRules({ prefix: 'shop', job: 'web' })
const all = rules.groups.flatMap(({ rules: own }) => own as { alert?: string; expr: string }[])

/** What `promtool test rules` says about an alert after ten minutes of these series. */
async function promtool(series: readonly object[], alert: string, fires: boolean): Promise<string> {
  const { promtool: program } = await findPrometheus({ env: process.env })
  const dir = mkdtempSync(join(tmpdir(), 'compozy-library-rules-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  writeFileSync(join(dir, 'rules.yml'), stringify(rules))
  const file = join(dir, 'test.yml')
  const check = {
    expr: `count(ALERTS{alertname="${alert}", alertstate="firing"}) or vector(0)`,
    eval_time: '30m',
    exp_samples: [{ labels: '{}', value: fires ? 1 : 0 }],
  }
  const tests = [{ interval: '1m', input_series: series, promql_expr_test: [check] }]
  writeFileSync(file, stringify({ rule_files: ['rules.yml'], tests }))
  await run(program, ['check', 'rules', join(dir, 'rules.yml')])
  const { stdout } = await run(program, ['test', 'rules', file])
  return stdout
}

const on = 'job="web", instance="a"'
const up = [
  { series: `up{${on}}`, values: '1x40' },
  { series: `shop_uptime_seconds_total{${on}}`, values: '3600+60x40' },
]
const replies = (status: string, values: string): object => ({
  series: `shop_http_requests_total{${on}, method="GET", path="/orders/:id", status_code="${status}"}`,
  values,
})

describe('alert rules of an application', () => {
  it.each<[string, boolean, readonly object[]]>([
    ['ShopApiErrorBudgetFastBurn', true, [replies('200', '0+60x40'), replies('500', '0+30x40')]],
    ['ShopApiErrorBudgetFastBurn', false, [replies('200', '0+60x40'), replies('500', '0x40')]],
    ['ShopMetricsBlind', false, [replies('200', '0+60x40')]],
    ['ShopDown', false, []],
  ])('Should hold for its own prefix and job: %s fires: %s', async (alert, fires, series) => {
    expect(await promtool([...up, ...series], alert, fires)).toContain('SUCCESS')
  })

  it('Should fire when it is down, and when it answers without metrics', async () => {
    const down = [{ series: `up{${on}}`, values: '0x40' }]
    expect(await promtool(down, 'ShopDown', true)).toContain('SUCCESS')
    const blind = [{ series: `up{${on}}`, values: '1x40' }]
    expect(await promtool(blind, 'ShopMetricsBlind', true)).toContain('SUCCESS')
  })

  it('Should name nothing of the engine, and nothing that the library does not export', async () => {
    const workflowTypes = ['checkout']
    const monitoring = await createMonitoring({
      prefix: 'shop',
      build: { version: '1' },
      workflowTypes,
    })
    const app = Fastify()
    onTestFinished(async () => {
      await app.close()
      await monitoring.dispose()
    })
    await app.register(monitoring.fastify)
    await app.inject('/metrics')
    const { body } = await app.inject('/metrics')
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
    [['rules', '--prefix', 'shop', '--job', 'a"b'], 'flag --job'],
    [['dashboard', 'none'], 'there is no dashboard "none"'],
    [['dashboard', '../../x'], 'there is no dashboard'],
  ])('Should refuse %j', async (args, message) => {
    const { code, stderr } = await compozy(['metrics', ...args])
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
  })
})
