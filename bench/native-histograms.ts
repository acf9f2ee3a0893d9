/**
 * `npm run bench:histograms`: what real Prometheus servers make of classic and native histograms,
 * as a table: families, samples, series and bytes by number of workflows, and how far
 * `histogram_quantile` is from the true quantile of the same observations.
 */
import { contentTypes } from '../engine/infra/monitoring/exposition/format.ts'
import { findPrometheus3 } from '../scripts/programs/prometheus-3.ts'
import { findPrometheus } from '../scripts/programs/prometheus.ts'
import { eventually } from '../test/support/compozy.ts'
import { startPrometheus, type PrometheusServer } from '../test/support/prometheus.ts'
import { startScrapeTarget, type ScrapeTarget } from '../test/support/scrape-target.ts'
import { seeded } from './statistics.ts'

const { env } = process
const modes = ['classic', 'native', 'both'] as const
const sizes = [10, 100, 500] as const
const runsPerWorkflow = 20
const observations = 10_000
const quantiles = [0.5, 0.95, 0.99] as const

const versions = [
  {
    name: '2.42',
    tools: () => findPrometheus({ env }),
    scrape: {},
    flags: ['--enable-feature=native-histograms'],
  },
  {
    name: '3.16',
    tools: () => findPrometheus3(env),
    scrape: { scrape_native_histograms: true },
    flags: [],
  },
] as const

type Version = (typeof versions)[number]

const random = seeded(17)

/** A normally distributed number. */
const normal = (): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())

/** Durations of runs in seconds, as workflows have them. */
const distributions = {
  'log-normal, median 2 s': () => Math.exp(Math.log(2) + normal() * 1.2),
  'uniform, 0 to 60 s': () => random() * 60,
  'two kinds: 0.3 s and 40 s': () => (random() < 0.9 ? 0.3 : 40) * Math.exp(normal() * 0.1),
}

function start(version: Version, targets: Readonly<Record<string, ScrapeTarget>>) {
  const config = {
    global: { scrape_interval: '5s', scrape_timeout: '5s' },
    scrape_configs: Object.entries(targets).map(([job, { address }]) => ({
      job_name: job,
      static_configs: [{ targets: [address] }],
      ...version.scrape,
    })),
  }
  return version
    .tools()
    .then((tools) => startPrometheus(JSON.stringify(config), tools, version.flags))
}

/** The value of a query, once it has one. */
async function valueOf(prometheus: PrometheusServer, query: string): Promise<number> {
  const [sample] = await eventually(
    () => prometheus.query(query),
    (samples) => samples.length > 0 && Number.isFinite(samples[0]!.value),
  )
  return sample!.value
}

const durations = 'compozy_temporal_workflow_duration_seconds'

async function sizeRow(version: Version, size: number, mode: (typeof modes)[number]) {
  const workflows = Array.from({ length: size }, (_, index) => `workflow-${index}`)
  const target = await startScrapeTarget({ histograms: mode }, workflows)
  const duration = distributions['log-normal, median 2 s']
  for (const workflow of workflows)
    for (let run = 0; run < runsPerWorkflow; run++)
      target.closeRun({ workflow, kind: 'completed', seconds: duration() })
  const prometheus = await start(version, { compozy: target })
  try {
    const samples = await valueOf(prometheus, 'scrape_samples_scraped > 0')
    const families = await valueOf(
      prometheus,
      'count(count by (__name__) ({job="compozy", __name__=~"compozy_.+"}))',
    )
    const series = await valueOf(prometheus, 'count({job="compozy", __name__=~"compozy_.+"})')
    const ofDurations = await valueOf(
      prometheus,
      `count({job="compozy", __name__=~"${durations}.*"})`,
    )
    const bytes = await target.bytesOf(contentTypes.protobuf)
    return [version.name, size, mode, families, samples, series, ofDurations, bytes]
  } finally {
    await prometheus.stop()
    await target.stop()
  }
}

async function quantileRows(version: Version, name: keyof typeof distributions) {
  const values = Float64Array.from({ length: observations }, distributions[name])
  const targets = {
    classic: await startScrapeTarget({ histograms: 'classic' }, ['order']),
    native: await startScrapeTarget({ histograms: 'native' }, ['order']),
  }
  for (const seconds of values)
    for (const target of Object.values(targets))
      target.closeRun({ workflow: 'order', kind: 'completed', seconds })
  const prometheus = await start(version, targets)
  const sorted = values.toSorted()
  const percent = (estimate: number, truth: number): string =>
    `${((estimate / truth - 1) * 100).toFixed(1)} %`
  const rows = []
  try {
    for (const quantile of quantiles) {
      const truth = sorted[Math.ceil(quantile * observations) - 1]!
      const labels = 'workflow_type="order"'
      const classic = await valueOf(
        prometheus,
        `histogram_quantile(${quantile}, ${durations}_bucket{job="classic", ${labels}})`,
      )
      const native = await valueOf(
        prometheus,
        `histogram_quantile(${quantile}, ${durations}{job="native", ${labels}})`,
      )
      const shown = [truth, classic, native].map((value) => value.toPrecision(4))
      rows.push([
        version.name,
        name,
        quantile,
        shown[0],
        `${shown[1]} (${percent(classic, truth)})`,
        `${shown[2]} (${percent(native, truth)})`,
      ])
    }
  } finally {
    await prometheus.stop()
    for (const target of Object.values(targets)) await target.stop()
  }
  return rows
}

function table(head: readonly string[], rows: readonly (readonly unknown[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
}

const sizeRows: unknown[][] = []
for (const version of versions)
  for (const size of sizes)
    for (const mode of modes) sizeRows.push(await sizeRow(version, size, mode))
const errorRows: unknown[][] = []
for (const version of versions)
  for (const name of Object.keys(distributions) as (keyof typeof distributions)[])
    errorRows.push(...(await quantileRows(version, name)))

console.log(`# Classic and native histograms in Prometheus

Written by \`npm run bench:histograms\`. Each workflow has ${runsPerWorkflow} closed runs. Prometheus asks for protobuf.
\`both\`: Prometheus keeps the native histograms and leaves the classic buckets out, unless \`always_scrape_classic_histograms\` is set.

${table(['Prometheus', 'workflows', 'histograms', 'metric names', 'samples', 'series', 'series of the run durations', 'bytes'], sizeRows)}

## Error of histogram_quantile

${observations} observations each; the error is relative to the true quantile of the same observations.

${table(['Prometheus', 'observations', 'quantile', 'true, s', 'classic', 'native'], errorRows)}`)
