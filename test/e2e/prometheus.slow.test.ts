import { spawn, type ChildProcess } from 'node:child_process'
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import type { Pace } from '../../engine/infra/monitoring/rules/pace.ts'
import { ruleFiles as generateRules } from '../../engine/infra/monitoring/rules/rules.ts'
import { freePort } from '../../engine/infra/temporal/dev-server/free-port.ts'
import { findPrometheus3 } from '../../scripts/programs/prometheus-3.ts'
import { call, closed, startRun } from '../support/api.ts'
import { copyProject, eventually, startCompozy, type Running } from '../support/compozy.ts'
import { dashboardQueries, expand } from '../support/dashboards.ts'
import { allFamilies } from '../../engine/infra/monitoring/catalogue.ts'
import { parseQuery } from '../support/promql.ts'
import {
  startPrometheus,
  type InstantSample,
  type PrometheusServer,
} from '../support/prometheus.ts'
import { ruleFiles, shippedRules } from '../support/rules.ts'

const monitoring = {
  MONITORING_ENABLED: 'true',
  MONITORING_PROCESS: 'true',
  MONITORING_TEMPORAL_SDK: 'true',
}
const apple = { items: [{ sku: 'apple', quantity: 3 }] }
const declined = { ...apple, card: 'declined' }

interface ActiveAlert {
  readonly state: 'pending' | 'firing'
  readonly labels: Readonly<Record<string, string>>
}

/** Times of the shipped rules, so much shorter that a test can wait for them. */
const pace: Pace = (seconds) => Math.ceil(Math.min(seconds / 30, 15 + seconds / 25_000))

/** The shipped rules at that pace, with a `for` of 3 seconds, and nothing else changed. */
function quickRules(): string {
  const rules = Object.values(generateRules({ buckets: {}, pace })).flatMap(({ groups }) =>
    groups.flatMap((group) => group.rules as readonly { alert?: string }[]),
  )
  const quicker = rules.map((rule) => (rule.alert === undefined ? rule : { ...rule, for: '3s' }))
  return stringify(
    { groups: [{ name: 'quick', interval: '1s', rules: quicker }] },
    { lineWidth: 0 },
  )
}

/** A metric that counts each order's end, in YAML. */
const ordersMetric = `
metrics:
  - { name: orders, type: counter, help: Orders handled., on: any }
`

/** What an alert goes through. */
const course = ['inactive', 'pending', 'firing', 'inactive']

const only = (samples: readonly InstantSample[]): number => {
  expect(samples).toHaveLength(1)
  return samples[0]!.value
}

/** Whether a query gave a number at any time in the last `seconds`. */
async function hasData(
  prometheus: PrometheusServer,
  query: string,
  seconds: number,
): Promise<boolean> {
  const end = Date.now() / 1_000
  const window = { query, start: `${end - seconds}`, end: `${end}`, step: '1' }
  const { result } = await prometheus.api<{ result: { values: [number, string][] }[] }>(
    `query_range?${new URLSearchParams(window).toString()}`,
  )
  return result.some(({ values }) => values.some(([, value]) => Number.isFinite(Number(value))))
}

describe('a real Prometheus', () => {
  const project = copyProject('examples/quickstart')
  const folder = mkdtempSync(join(tmpdir(), 'compozy-rules-'))
  let ports: { temporal: number; api: number; worker: number }
  let temporal: ChildProcess
  let api: Running
  let worker: Running
  let shipped: PrometheusServer
  let shipped3: PrometheusServer
  let quick: PrometheusServer

  const startTemporal = (): void => {
    const args = [
      'server',
      'start-dev',
      '--headless',
      '--port',
      String(ports.temporal),
      '--log-level',
      'error',
    ]
    temporal = spawn(
      process.env['TEMPORAL_CLI_PATH']!,
      [...args, '--db-filename', join(folder, 'temporal.db')],
      {
        stdio: 'ignore',
      },
    )
  }
  const start = (
    command: 'start' | 'worker',
    port: number,
    ...more: string[]
  ): Promise<Running> => {
    const address = ['--temporal-address', `127.0.0.1:${ports.temporal}`]
    return startCompozy(
      [command, '--cwd', project.dir, '--port', String(port), ...address, ...more],
      {
        env: monitoring,
      },
    )
  }
  const config = (rules: readonly string[]): string =>
    stringify({
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: rules,
      scrape_configs: [
        {
          job_name: 'compozy',
          static_configs: [{ targets: [`127.0.0.1:${ports.api}`, `127.0.0.1:${ports.worker}`] }],
        },
      ],
    })

  beforeAll(async () => {
    // For the panel of metrics that a project declares: the quickstart has none.
    appendFileSync(join(project.dir, 'workflows/order.yaml'), ordersMetric)
    const free = () => freePort('127.0.0.1')
    ports = { temporal: await free(), api: await free(), worker: await free() }
    startTemporal()
    api = await start('start', ports.api, '--workers', '0')
    worker = await start('worker', ports.worker)
    writeFileSync(join(folder, 'quick.yml'), quickRules())
    shipped = await startPrometheus(config(ruleFiles))
    shipped3 = await startPrometheus(config(ruleFiles), await findPrometheus3(process.env))
    quick = await startPrometheus(config([join(folder, 'quick.yml')]))
  })
  afterAll(async () => {
    await Promise.all([shipped?.stop(), shipped3?.stop(), quick?.stop()])
    await Promise.all([api?.stop(), worker?.stop()])
    temporal?.kill('SIGKILL')
    project.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  it('Should show the values that a minute of load implies', async () => {
    const listing =
      'compozy_http_requests_total{method="GET", path="/api/v0/workflows", status_code="200"}'
    const ids = { completed: [] as string[], failed: [] as string[], canceled: [] as string[] }
    let listed = 0
    const began = performance.now()
    // Open loop: twenty lists and one run a second for a minute, whether or not the last one has
    // been answered.
    const work: Promise<unknown>[] = []
    await new Promise<void>((done) => {
      let tick = 0
      const timer = setInterval(() => {
        if (performance.now() - began > 60_000) {
          clearInterval(timer)
          return done()
        }
        listed++
        work.push(call(api.ready.api, 'GET', '/api/v0/workflows'))
        if (tick++ % 20 === 0) {
          const kind = (['completed', 'completed', 'failed', 'canceled'] as const)[(tick / 20) & 3]!
          work.push(drive(kind).then((id) => ids[kind].push(id)))
        }
      }, 50)
    })
    const rate = (listed / (performance.now() - began)) * 1_000
    const measured = only(await shipped.query(`sum(rate(${listing}[30s]))`))
    await Promise.all(work)
    await call(api.ready.api, 'GET', '/no-such-path')

    async function drive(kind: keyof typeof ids): Promise<string> {
      if (kind !== 'canceled') {
        const id = await startRun(api.ready.api, 'order', kind === 'failed' ? declined : apple)
        await closed(api.ready.api, id)
        return id
      }
      const id = await startRun(api.ready.api, 'order', { items: [{ sku: 'piano' }] })
      await call(api.ready.api, 'POST', `/api/v0/executions/workflows/${id}/cancel`, {})
      await closed(api.ready.api, id)
      return id
    }

    const counted = await eventually(
      async () => ({
        listed: only(await shipped.query(`sum(${listing})`)),
        started: only(await shipped.query('sum(compozy_temporal_workflow_started_total)')),
        completed: only(await shipped.query('sum(compozy_temporal_workflow_completed_total)')),
        failed: only(await shipped.query('sum(compozy_temporal_workflow_failed_total)')),
        canceled: only(
          await shipped.query('sum(compozy_temporal_workflow_closed_total{outcome="canceled"})'),
        ),
      }),
      (now) =>
        // Single queries may stand on two sides of a scrape.
        now.listed >= listed &&
        now.started === ids.completed.length + ids.failed.length + ids.canceled.length &&
        now.completed === ids.completed.length &&
        now.failed === ids.failed.length &&
        now.canceled === ids.canceled.length,
    )
    const up = await shipped.query('up{job="compozy"}')
    const p95 = only(
      await shipped.query(
        'histogram_quantile(0.95, sum by (le) (rate(compozy_http_request_duration_seconds_bucket{path="/api/v0/workflows", method="GET"}[1m])))',
      ),
    )
    const mean = only(
      await shipped.query(
        'sum(rate(compozy_http_request_duration_seconds_sum{path="/api/v0/workflows", method="GET"}[1m])) / sum(rate(compozy_http_request_duration_seconds_count{path="/api/v0/workflows", method="GET"}[1m]))',
      ),
    )
    const recorded = only(
      await shipped.query(
        'job_workflow_type:compozy_workflow_failed:increase15m{workflow_type="order"}',
      ),
    )
    console.log(JSON.stringify({ offered: rate, measured, counted, p95, mean, recorded }))
    expect(up.map(({ value }) => value)).toEqual([1, 1])
    expect(counted.listed).toBe(listed)
    expect(measured / rate).toBeGreaterThan(0.9)
    expect(measured / rate).toBeLessThan(1.1)
    expect(p95).toBeGreaterThan(0)
    expect(p95).toBeLessThanOrEqual(10)
    // increase() extrapolates to the ends of its window.
    expect(recorded / ids.failed.length).toBeGreaterThan(0.8)
    expect(recorded / ids.failed.length).toBeLessThan(1.3)
  })

  it('Should find data for every query of every panel', async () => {
    const empty: string[] = []
    for (const { dashboard, panel, expr } of dashboardQueries) {
      const expanded = expand(expr, { interval: '30s', range: '2m' })
      for (const [version, server] of Object.entries({ 2: shipped, 3: shipped3 }))
        if (!(await hasData(server, expanded, 90)))
          empty.push(`${version}: ${dashboard} / ${panel}: ${expanded}`)
    }
    const panels = new Set(
      dashboardQueries.map(({ dashboard, panel }) => `${dashboard} / ${panel}`),
    )
    console.log(
      `${panels.size} panels and annotations, ${dashboardQueries.length} queries, ${empty.length} without data`,
    )
    expect(empty).toEqual([])
  })

  /**
   * Follows alerts: gone, pending, firing, and once `mend` is done gone again; gives the states as
   * they were seen.
   */
  async function follow(
    names: readonly string[],
    cause: () => Promise<unknown>,
    mend: () => Promise<unknown>,
  ): Promise<string[]> {
    const stateOf = async (name: string) =>
      (await quick.api<{ alerts: ActiveAlert[] }>('alerts')).alerts.find(
        ({ labels }) => labels['alertname'] === name,
      )?.state ?? 'inactive'
    const states: string[] = []
    let began = performance.now()
    const seconds = () => Math.round((performance.now() - began) / 100) / 10
    const reach = async (wanted: string): Promise<void> => {
      const reached = await Promise.all(
        names.map(async (name) => {
          await eventually(
            () => stateOf(name),
            (state) => state === wanted,
            { timeoutMs: 120_000 },
          )
          return `${name} ${seconds()} s`
        }),
      )
      states.push(wanted)
      console.log(`${wanted}: ${reached.join(', ')}`)
    }
    await reach('inactive')
    began = performance.now()
    await cause()
    await reach('pending')
    await reach('firing')
    await mend()
    console.log(`mended: ${seconds()} s`)
    await reach('inactive')
    return states
  }

  it('Should alert on failing workflows, and recover', async () => {
    const ids: Promise<string>[] = []
    let timer: NodeJS.Timeout | undefined
    // Until the alert fires: how fast ten runs fail depends on the machine.
    const states = await follow(
      ['CompozyWorkflowFailureRatio'],
      async () => {
        timer = setInterval(() => ids.push(startRun(api.ready.api, 'order', declined)), 400)
      },
      async () => {
        clearInterval(timer)
        for (const id of ids) await closed(api.ready.api, await id)
      },
    ).finally(() => clearInterval(timer))
    expect(states).toEqual(course)
  })

  it('Should alert on a killed worker, and recover', async () => {
    const states = await follow(
      ['CompozyDown', 'CompozyNoWorkers'],
      () => worker.kill(),
      async () => {
        worker = await start('worker', ports.worker)
      },
    )
    expect(states).toEqual(course)
  })

  it('Should alert on errors of the API while the Temporal server is gone, and recover', async () => {
    const list = async () =>
      (await call(api.ready.api, 'GET', '/api/v0/executions/workflows')).status
    const statuses: Promise<number>[] = []
    // Open loop, as callers do not wait for each other.
    const timer = setInterval(() => statuses.push(list()), 250)
    const states = await follow(
      ['CompozyApiErrorBudgetFastBurn'],
      async () => temporal.kill('SIGKILL'),
      async () => {
        startTemporal()
        await eventually(list, (status) => status === 200, { timeoutMs: 60_000 })
      },
    ).finally(() => clearInterval(timer))
    expect(states).toEqual(course)
    const seen = (await Promise.all(statuses)).filter((status) => status >= 500)
    console.log(
      `${seen.length} of ${statuses.length} requests ended in ${[...new Set(seen)].join(', ')}`,
    )
    expect(seen.length).toBeGreaterThan(5)
  })

  it('Should find series for every selector of every rule', async () => {
    const empty: string[] = []
    // Native histograms have no suffix; native-histograms.slow.test.ts has their data.
    const histograms = new Set(
      allFamilies.filter(({ kind }) => kind === 'histogram').map(({ name }) => name),
    )
    const selectors = new Set(
      shippedRules.flatMap(({ expr }) =>
        parseQuery(expr)
          .selectors.filter(({ name }) => !histograms.has(name ?? ''))
          .map(({ text }) => text),
      ),
    )
    for (const selector of selectors)
      for (const [version, server] of Object.entries({ 2: shipped, 3: shipped3 }))
        if (!(await hasData(server, selector, 300))) empty.push(`${version}: ${selector}`)
    console.log(
      `${shippedRules.length} rules, ${selectors.size} selectors, ${empty.length} without data`,
    )
    expect(empty).toEqual([])
  })
})
