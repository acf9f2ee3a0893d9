import { createServer, type Server, type ServerResponse } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../support/compozy.ts'
import { useEngine } from '../support/engine.ts'
import { startPrometheus, type PrometheusServer } from '../support/prometheus.ts'

interface Target {
  readonly labels: { readonly job: string }
  readonly health: string
  readonly lastError: string
}

/**
 * Passes scrapes on with another Accept header: this Prometheus asks for OpenMetrics first and
 * cannot be told not to.
 */
function startTextProxy(metrics: string): Promise<Server> {
  async function pass(response: ServerResponse): Promise<void> {
    const answer = await fetch(metrics, { headers: { accept: 'text/plain;version=0.0.4' } })
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' })
    response.end(await answer.text())
  }
  const proxy = createServer((_, response) => void pass(response))
  return new Promise((resolve) => proxy.listen(0, '127.0.0.1', () => resolve(proxy)))
}

describe('a real Prometheus server', () => {
  const engine = useEngine({
    project: 'examples/quickstart',
    env: { MONITORING_PROCESS: 'true', MONITORING_TEMPORAL_SDK: 'true' },
  })
  let prometheus: PrometheusServer
  let proxy: Server

  beforeAll(async () => {
    proxy = await startTextProxy(engine.metrics)
    const address = proxy.address()
    const textPort = typeof address === 'object' && address !== null ? address.port : 0
    prometheus = await startPrometheus(`
global: { scrape_interval: 1s, scrape_timeout: 1s }
scrape_configs:
  - job_name: openmetrics
    static_configs: [{ targets: ['${new URL(engine.metrics).host}'] }]
  - job_name: text
    static_configs: [{ targets: ['127.0.0.1:${textPort}'] }]
`)
    const input = { items: [{ sku: 'apple', quantity: 3 }] }
    const ids = await Promise.all(Array.from({ length: 3 }, () => engine.start('order', input)))
    await Promise.all(ids.map((id) => engine.closed(id)))
  })
  afterAll(async () => {
    await prometheus?.stop()
    proxy?.close()
  })

  it('Should take the whole exposition in both formats', async () => {
    const { activeTargets } = await eventually(
      () => prometheus.api<{ activeTargets: Target[] }>('targets'),
      ({ activeTargets: targets }) =>
        targets.length === 2 && targets.every(({ health }) => health !== 'unknown'),
    )
    expect(
      activeTargets.map(({ labels, health, lastError }) => `${labels.job} ${health} ${lastError}`),
    ).toEqual(expect.arrayContaining(['openmetrics up ', 'text up ']))
  })

  it.each(['openmetrics', 'text'])(
    'Should give the counts that the runs imply (%s)',
    async (job) => {
      const completed = `compozy_temporal_workflow_completed_total{job="${job}",workflow_type="order"}`
      const [sample] = await eventually(
        () => prometheus.query(completed),
        ([found]) => found?.value === 3,
      )
      expect(sample?.metric).toMatchObject({ job, workflow_type: 'order' })
      const [kept] = await prometheus.query(`scrape_samples_post_metric_relabeling{job="${job}"}`)
      expect(kept!.value).toBeGreaterThan(100)
    },
  )

  it('Should know the kind and unit of a family', async () => {
    interface Metadata {
      readonly type: string
      readonly unit: string
    }
    const { compozy_temporal_workflow_duration_seconds: found = [] } =
      await prometheus.api<Record<string, Metadata[]>>('metadata')
    // Text says no units.
    expect(found.map(({ type, unit }) => `${type} ${unit}`).toSorted()).toEqual([
      'histogram ',
      'histogram seconds',
    ])
  })
})
