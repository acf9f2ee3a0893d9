/**
 * `npm run bench:cost [-- SECONDS]`: what a process costs in a real Prometheus, beside what the
 * table of docs/operate/capacity.md computes. A `compozy dev` with 100 workflows, ten of which run,
 * is scraped once a second: 480 scrapes (the default) are as many as a block of two hours has.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startPrometheus, type PrometheusServer } from '../../test/support/prometheus.ts'
import { activeWorkflows, bytesPerSample, headSeries, type CostSettings } from './cost-model.ts'
import { startFleetEngine } from './engine.ts'

const workflows = 100
const scrapes = Number(process.argv[2] ?? 480)
/** Series about the scrape that Prometheus adds for a target, `up` among them. */
const ofTheScrape = 5

/** Starts a run of every active workflow every second. */
async function keepRunning(api: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    for (let i = 0; i < activeWorkflows; i++) {
      const url = `${api}/api/v0/workflows/workflow-${i}/executions`
      const headers = { 'content-type': 'application/json' }
      await fetch(url, { method: 'POST', headers, body: '{"input":{}}' })
    }
    await sleep(1_000)
  }
}

/** The value of a metric of Prometheus itself. */
async function ownMetric({ url }: PrometheusServer, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
}

const bytesIn = (folder: string): number =>
  readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name)
    return sum + (entry.isDirectory() ? bytesIn(path) : statSync(path).size)
  }, 0)

interface BlockMeta {
  readonly stats: { readonly numSamples: number; readonly numSeries: number }
}

/** Writes the head as a block, and returns the samples and the bytes of it. */
async function blockOf({ url, dataFolder }: PrometheusServer) {
  const answer = await fetch(`${url}/api/v1/admin/tsdb/snapshot`, { method: 'POST' })
  const { data } = (await answer.json()) as { readonly data: { readonly name: string } }
  const folder = join(dataFolder, 'snapshots', data.name)
  const block = join(folder, readdirSync(folder)[0]!)
  const { stats } = JSON.parse(readFileSync(join(block, 'meta.json'), 'utf8')) as BlockMeta
  return { ...stats, bytes: bytesIn(block) }
}

async function measure(idleSeries: CostSettings['idleSeries'], seconds: number): Promise<string[]> {
  const engine = await startFleetEngine({
    checkout: resolve(import.meta.dirname, '../..'),
    workflows,
    env: { MONITORING_IDLE_SERIES: idleSeries },
  })
  const stopping = new AbortController()
  const running = keepRunning(engine.api, stopping.signal)
  const { host, pathname } = new URL(engine.metrics)
  const config = {
    global: { scrape_interval: '1s', scrape_timeout: '1s' },
    scrape_configs: [
      { job_name: 'compozy', metrics_path: pathname, static_configs: [{ targets: [host] }] },
    ],
  }
  const prometheus = await startPrometheus(JSON.stringify(config), undefined, [
    '--web.enable-admin-api',
  ])
  try {
    await sleep(seconds * 1_000)
    const series = await ownMetric(prometheus, 'prometheus_tsdb_head_series')
    const { numSamples, bytes } = await blockOf(prometheus)
    const computed = headSeries(
      { workflows, processes: 1, active: activeWorkflows },
      { idleSeries, histograms: 'classic' },
    )
    const off = ((computed + ofTheScrape) / series - 1) * 100
    return [
      idleSeries,
      String(series),
      `${computed + ofTheScrape} (${off.toFixed(1)} %)`,
      String(numSamples),
      String(bytes),
      (bytes / numSamples).toFixed(2),
    ]
  } finally {
    stopping.abort()
    await running.catch(() => undefined)
    await prometheus.stop()
    await engine.stop()
  }
}

const head = [
  'idle series',
  'head series',
  'computed',
  'samples in the block',
  'bytes of the block',
  'bytes a sample',
]
const rows = [await measure('core', scrapes), await measure('all', Math.min(scrapes, 120))]
console.log(`# Cost in Prometheus

Written by \`npm run bench:cost\`: a \`compozy dev\` with ${workflows} workflows of which ${activeWorkflows} run, scraped once a second by Prometheus
2.42, then a snapshot of its head as a block. "computed" is the model of the table in
[capacity](../../docs/operate/capacity.md), with the ${ofTheScrape} series that Prometheus adds for a target. A block of two hours has 480
scrapes at 15 s. The table counts ${bytesPerSample} bytes a sample.

${[head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')}`)
