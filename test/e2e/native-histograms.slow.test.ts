import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findPrometheus3 } from '../../scripts/programs/prometheus-3.ts'
import { findPrometheus } from '../../scripts/programs/prometheus.ts'
import { eventually } from '../support/compozy.ts'
import { startPrometheus, type PrometheusServer } from '../support/prometheus.ts'
import { ruleFiles, shippedRules } from '../support/rules.ts'
import { startScrapeTarget, type ScrapeTarget } from '../support/scrape-target.ts'

const { env } = process
const duration = 'compozy_temporal_workflow_duration_seconds'
const failed = 'compozy_temporal_workflow_failed_total'
const failedRule = 'job_workflow_type:compozy_workflow_failed:increase15m'

function configOf({ address }: ScrapeTarget, extra: Readonly<Record<string, unknown>>): string {
  const global = { scrape_interval: '1s', evaluation_interval: '1s' }
  const scrape = { job_name: 'compozy', static_configs: [{ targets: [address] }], ...extra }
  return JSON.stringify({ global, scrape_configs: [scrape], rule_files: ruleFiles })
}

const versions = [
  {
    version: '2.42',
    tools: () => findPrometheus({ env }),
    native: { extra: {}, flags: ['--enable-feature=native-histograms,exemplar-storage'] },
  },
  {
    version: '3',
    tools: () => findPrometheus3(env),
    native: {
      extra: { scrape_native_histograms: true },
      flags: ['--enable-feature=exemplar-storage'],
    },
  },
] as const

/** The value of an instant query once it is `expected`, or what it was at last. */
async function settled(
  prometheus: PrometheusServer,
  query: string,
  expected: number,
): Promise<number | undefined> {
  const value = async () => (await prometheus.query(query))[0]?.value
  return eventually(value, (found) => found === expected).catch(value)
}

describe.each(versions)('Prometheus $version', ({ tools, native }) => {
  let target: ScrapeTarget
  let prometheus: PrometheusServer

  beforeAll(async () => {
    target = await startScrapeTarget({ histograms: 'both', exemplars: true }, ['order'])
    for (let i = 1; i <= 1_000; i++)
      target.closeRun({ workflow: 'order', kind: 'completed', seconds: i / 100 })
    const config = configOf(target, native.extra)
    prometheus = await startPrometheus(config, await tools(), native.flags)
  })
  afterAll(async () => {
    await prometheus?.stop()
    await target?.stop()
  })

  it('Should take native histograms, which estimate a quantile closely', async () => {
    const order = `${duration}{workflow_type="order"}`
    expect(await settled(prometheus, `histogram_count(${order})`, 1_000)).toBe(1_000)
    const [sum] = await prometheus.query(`histogram_sum(${order})`)
    expect(sum!.value).toBeCloseTo(5_005)
    const [p95] = await prometheus.query(`histogram_quantile(0.95, ${order})`)
    // The true one is 9.5; a bucket is 9 % wide.
    expect(Math.abs(p95!.value / 9.5 - 1)).toBeLessThan(0.09)
    // The classic buckets of the same histogram are left out.
    expect(await prometheus.query(`${duration}_bucket`)).toEqual([])
  })

  it('Should compute the rules for slow runs from native histograms alone', async () => {
    const { expr } = shippedRules.find(({ alert }) => alert === 'CompozyWorkflowSlow')!
    expect(await prometheus.query(expr)).toEqual([])
    for (const seconds of [1, 700])
      for (let i = 0; i < 50; i++)
        target.closeRun({ workflow: 'order', kind: 'completed', seconds })
    // The rules of a group are written one after another: a query between them sees the slow runs
    // of this evaluation and all runs of the one before.
    expect(await settled(prometheus, expr, 0.5)).toBe(0.5)
    const [ratio] = await prometheus.query(expr)
    expect(ratio).toMatchObject({ metric: { workflow_type: 'order' } })
  })

  /** The labels of the exemplars that Prometheus stored for a query, once there are some. */
  async function exemplarsOf(query: string): Promise<Readonly<Record<string, string>>[]> {
    const now = Date.now() / 1_000
    const range = new URLSearchParams({ query, start: `${now - 60}`, end: `${now + 60}` })
    interface Found {
      readonly exemplars: readonly { readonly labels: Readonly<Record<string, string>> }[]
    }
    const found = await eventually(
      () => prometheus.api<Found[]>(`query_exemplars?${range.toString()}`),
      (series) => series.length > 0,
    )
    return found.flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels))
  }

  it('Should store exemplars with the run', async () => {
    const [exemplar] = await exemplarsOf(duration)
    expect(exemplar).toEqual({ exec_id: expect.stringMatching(/^run-\d+$/) as string })
  })

  it('Should store the run that a request started as an exemplar, and of its failure', async () => {
    // The duration keeps the first within a second, so the second waits for the first's scrape.
    await target.requestRun({ id: 'order-1', status: 202 })
    const latencies = await exemplarsOf('compozy_http_request_duration_seconds')
    expect(latencies).toContainEqual({ exec_id: 'order-1' })
    await target.requestRun({ id: 'order-2', status: 502 })
    const failures = await exemplarsOf('compozy_http_requests_total')
    expect(failures).toEqual([{ exec_id: 'order-2' }])
  })
})

describe('30 runs that failed before the first scrape', () => {
  const zero = ['--enable-feature=created-timestamp-zero-ingestion']
  const increase = `increase(${failed}{workflow_type="order"}[5m])`

  it.each([
    ['Prometheus 2.42', '2.42', {}, [], 0],
    ['Prometheus 3', '3', {}, [], 0],
    ['Prometheus 3 with created timestamps, protobuf', '3', {}, zero, 30],
    [
      'Prometheus 3 with created timestamps, OpenMetrics',
      '3',
      { scrape_protocols: ['OpenMetricsText1.0.0'] },
      zero,
      30,
    ],
  ] as const)(
    'Should count right in the rules of %s, and in increase where it knows their birth',
    async (_, version, extra, flags, increased) => {
      const target = await startScrapeTarget({ createdSamples: true }, ['order'])
      for (let i = 0; i < 30; i++)
        target.closeRun({ workflow: 'order', kind: 'failed', seconds: 1 })
      const found = versions.find((each) => each.version === version)!
      const config = configOf(target, extra)
      const prometheus = await startPrometheus(config, await found.tools(), flags)
      try {
        expect(await settled(prometheus, `${failedRule}{workflow_type="order"}`, 30)).toBe(30)
        const [seen] = await eventually(
          () => prometheus.query(increase),
          (samples) => samples.length > 0,
        )
        // Prometheus extrapolates a little above what was counted.
        expect(Math.min(30, seen!.value)).toBe(increased)
      } finally {
        await prometheus.stop()
        await target.stop()
      }
    },
  )
})
