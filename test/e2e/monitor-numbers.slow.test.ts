import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compile } from '../../page/build/compiled.ts'
import { panels } from '../../page/monitor/panels.ts'
import { parseExposition } from '../../promql/parse-exposition.ts'
import { evaluateVector } from '../../promql/evaluate.ts'
import { labelKey } from '../../promql/value.ts'
import { SampleStore } from '../../promql/sample-store.ts'
import { findPrometheus3 } from '../../scripts/programs/prometheus-3.ts'
import { findPrometheus, type PrometheusTools } from '../../scripts/programs/prometheus.ts'
import { startRun } from '../support/api.ts'
import { copyProject, startCompozy, type Running } from '../support/compozy.ts'
import { startPrometheus, type PrometheusServer } from '../support/prometheus.ts'

/** How often Prometheus scrapes, and how long the engine runs before and after its restart. */
const scrapeEvery = '1s'
const phaseMs = 25_000
/** Off the grid of the scrapes: Prometheus 2 and 3 differ in a sample at the edge of a range. */
const offGridMs = 437

/** Hands each scrape on to the engine of the moment, and keeps what came back. */
class RecordedTarget {
  /** What was answered, by the uptime in it, which differs in each scrape. */
  readonly texts = new Map<string, string>()
  readonly #server: Server

  constructor(metricsUrl: () => string | undefined) {
    this.#server = createServer((_, response) => void this.#answer(metricsUrl(), response)).listen(
      0,
      '127.0.0.1',
    )
  }

  async #answer(url: string | undefined, response: ServerResponse): Promise<void> {
    const text = url === undefined ? undefined : await read(url)
    if (text === undefined) {
      response.writeHead(503).end()
      return
    }
    this.texts.set(/^compozy_uptime_seconds_total (\S+)$/m.exec(text)?.[1] ?? '', text)
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(text)
  }

  async address(): Promise<string> {
    if (!this.#server.listening) await new Promise((done) => this.#server.once('listening', done))
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  close(): void {
    this.#server.close()
  }
}

async function read(url: string): Promise<string | undefined> {
  try {
    const answer = await fetch(url, { headers: { accept: 'text/plain;version=0.0.4' } })
    return answer.ok ? await answer.text() : undefined
  } catch {
    return undefined
  }
}

const { queries, names } = compile()
const wanted = new Set(names)
const texts = panels.flatMap(({ queries: of }) => of.map(({ query }) => query))

type Version = '2.42' | '3'

/**
 * How far a number may be off. In 2.42, `rate` extrapolates a young counter up to 0.6 of an
 * interval further towards its zero, mended since (prometheus/prometheus#13725): a quotient of two
 * rates is up to 6 % off after ten scrapes. The monitor does as Prometheus does since then.
 */
const bounds: readonly { readonly version: Version; readonly percent: number }[] = [
  { version: '2.42', percent: 6 },
  { version: '3', percent: 1 },
]

interface Comparison {
  readonly percent: number
  compared: number
  largest: number
  readonly differences: string[]
}

/** Evaluates each query of the monitor at a moment in both, and compares every number. */
async function compareAt(
  at: number,
  store: SampleStore,
  prometheus: PrometheusServer,
  result: Comparison,
): Promise<void> {
  for (const query of texts) {
    const path = `query?query=${encodeURIComponent(query)}&time=${at / 1_000}`
    const { result: theirs } = await prometheus.api<{
      result: { metric: Record<string, string>; value: [number, string] }[]
    }>(path)
    const own = new Map(
      evaluateVector(queries[query]!, store, at).map(({ labels, value }) => [
        labelKey(labels),
        value,
      ]),
    )
    if (own.size !== theirs.length)
      result.differences.push(`${query} at ${at}: ${own.size} series, not ${theirs.length}`)
    for (const { metric, value } of theirs) {
      const expected = Number(value[1].replace('Inf', 'Infinity'))
      const found = own.get(labelKey(metric))
      result.compared++
      if (found === undefined) result.differences.push(`${query}: no ${JSON.stringify(metric)}`)
      else if (!Object.is(found, expected)) {
        const off = Math.abs(found - expected) / Math.abs(expected)
        result.largest = Math.max(result.largest, off)
        if (!(off * 100 <= result.percent))
          result.differences.push(`${query}: ${found}, not ${expected}`)
      }
    }
  }
}

describe('the numbers of the monitor', () => {
  const project = copyProject('examples/quickstart')
  const options = ['dev', '--cwd', project.dir, '--port', '0', '--temporal-port', '0']
  let engine: Running | undefined
  const targets: RecordedTarget[] = []
  const servers: { version: Version; prometheus: PrometheusServer; target: RecordedTarget }[] = []

  async function follow(version: Version, tools: PrometheusTools): Promise<void> {
    const target = new RecordedTarget(() => engine?.ready.metrics ?? undefined)
    targets.push(target)
    const config = `
global: { scrape_interval: ${scrapeEvery}, scrape_timeout: ${scrapeEvery} }
scrape_configs:
  - job_name: compozy
    static_configs: [{ targets: ['${await target.address()}'] }]`
    servers.push({ version, prometheus: await startPrometheus(config, tools), target })
  }

  /** Starts runs that complete and runs that fail, and asks for what is not there. */
  async function load(running: Running): Promise<void> {
    const { api } = running.ready
    const end = performance.now() + phaseMs
    for (let n = 0; performance.now() < end; n++) {
      const card = n % 3 === 0 ? { card: 'declined' } : {}
      await startRun(api, 'order', { items: [{ sku: 'apple' }], ...card })
      await fetch(`${api}/api/v0/workflows/none`)
      await sleep(300)
    }
  }

  beforeAll(async () => {
    engine = await startCompozy(options)
    await follow('2.42', await findPrometheus({ env: process.env }))
    await follow('3', await findPrometheus3(process.env))
    await load(engine)
    const before = engine
    engine = undefined
    await before.stop()
    engine = await startCompozy(options)
    await load(engine)
  }, 900_000)

  afterAll(async () => {
    for (const { prometheus } of servers) await prometheus.stop()
    for (const target of targets) target.close()
    await engine?.stop()
    project.remove()
  })

  it.each(bounds)(
    'Should be within $percent % of those of Prometheus $version for the same scrapes, over a restart too',
    async ({ version, percent }) => {
      const { prometheus, target } = servers.find((each) => each.version === version)!
      const seriesOf = async (query: string) => {
        const path = `query?query=${encodeURIComponent(query)}`
        const { result } = await prometheus.api<{ result: { values: [number, string][] }[] }>(path)
        return result[0]!.values
      }
      const scrapes = await seriesOf('up[15m]')
      const uptimes = new Map(await seriesOf('compozy_uptime_seconds_total[15m]'))
      const { instance } = (await prometheus.query('up'))[0]!.metric
      const labels = { job: 'compozy', instance: instance! }
      const store = new SampleStore(15 * 60_000)
      for (const [seconds, up] of scrapes) {
        const uptime = uptimes.get(seconds)
        expect(uptime !== undefined, `the scrape at ${seconds}`).toBe(up === '1')
        const text = uptime === undefined ? '' : target.texts.get(uptime)
        expect(text, `the scrape with the uptime ${uptime}`).toBeDefined()
        const samples = parseExposition(text!, labels, (name) => wanted.has(name))
        store.add(samples, Math.round(seconds * 1_000))
      }
      const values = [...uptimes.values()].map(Number)
      const restart = values.findIndex((value, index) => value < values[index - 1]!)
      expect(restart).toBeGreaterThan(10)
      expect(values.length - restart).toBeGreaterThan(10)
      const comparison: Comparison = { percent, compared: 0, largest: 0, differences: [] }
      for (const [seconds] of scrapes.slice(10, -1).filter((_, index) => index % 3 === 0))
        await compareAt(Math.round(seconds * 1_000) + offGridMs, store, prometheus, comparison)
      expect(comparison.differences.slice(0, 10)).toEqual([])
      // A faster machine needs fewer scrapes for the same runs, so it has fewer numbers to compare.
      expect(comparison.compared).toBeGreaterThan(150)
      console.log(
        `Prometheus ${version}: ${comparison.compared} numbers, at most`,
        comparison.largest,
      )
    },
  )
})
