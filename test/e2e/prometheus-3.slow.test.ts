import { execFile } from 'node:child_process'
import { basename } from 'node:path'
import { promisify } from 'node:util'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findPrometheus3 } from '../../scripts/programs/prometheus-3.ts'
import type { PrometheusTools } from '../../scripts/programs/prometheus.ts'
import { closed, startRun } from '../support/api.ts'
import { copyProject, eventually, startCompozy, type Running } from '../support/compozy.ts'
import { startPrometheus, type PrometheusServer } from '../support/prometheus.ts'
import { testRules } from '../support/promtool.ts'
import { rulesOf, testedRuleFiles, testFileOf, testsOf } from '../support/rules.ts'

const run = promisify(execFile)
const buildTimeoutMs = 900_000

interface Target {
  readonly labels: { readonly job: string }
  readonly health: string
  readonly lastError: string
}

describe('promtool 3', () => {
  let promtool: string
  beforeAll(async () => {
    promtool = (await findPrometheus3(process.env)).promtool
  }, buildTimeoutMs)

  it.each(testedRuleFiles.map((file) => [basename(file), file]))(
    'Should pass the rules and their tests: %s',
    async (_, file) => {
      const checked = await run(promtool, ['check', 'rules', file])
      expect(checked.stdout).toContain(`SUCCESS: ${rulesOf(file).length} rules found`)
      expect(await testRules(promtool, file)).toBe(testsOf(testFileOf(file)).length)
    },
  )
})

describe('Prometheus 3', () => {
  const project = copyProject('examples/quickstart')
  let tools: PrometheusTools
  let engine: Running
  let prometheus: PrometheusServer
  let untyped: Server

  beforeAll(async () => {
    tools = await findPrometheus3(process.env)
    engine = await startCompozy(
      ['dev', '--cwd', project.dir, '--port', '0', '--temporal-port', '0'],
      { env: { MONITORING_PROCESS: 'true', MONITORING_TEMPORAL_SDK: 'true' } },
    )
    // An exporter without a content type: the one that Prometheus 3 refuses.
    untyped = createServer((_, response) => response.end('a_total 1\n')).listen(0, '127.0.0.1')
    await new Promise((resolve) => untyped.once('listening', resolve))
    const target = new URL(engine.ready.metrics!).host
    const job = (name: string, protocols: readonly string[], host = target): string => `
  - job_name: ${name}
    scrape_protocols: [${protocols.join(', ')}]
    static_configs: [{ targets: ['${host}'] }]`
    prometheus = await startPrometheus(
      `
global: { scrape_interval: 1s, scrape_timeout: 1s }
scrape_configs:${job('openmetrics', ['OpenMetricsText1.0.0'])}${job('openmetrics-0.0.1', ['OpenMetricsText0.0.1'])}${job('text', ['PrometheusText0.0.4'])}${job('text-1.0.0', ['PrometheusText1.0.0'])}${job('untyped', ['PrometheusText0.0.4'], `127.0.0.1:${(untyped.address() as AddressInfo).port}`)}
`,
      tools,
    )
    const input = { items: [{ sku: 'apple', quantity: 3 }] }
    const id = await startRun(engine.ready.api, 'order', input)
    await closed(engine.ready.api, id)
  }, buildTimeoutMs)
  afterAll(async () => {
    await prometheus?.stop()
    untyped?.close()
    await engine?.stop()
    project.remove()
  })

  it('Should scrape every format that it asks for, and only refuse what has no type', async () => {
    const { activeTargets } = await eventually(
      () => prometheus.api<{ activeTargets: Target[] }>('targets'),
      ({ activeTargets: targets }) =>
        targets.length === 5 && targets.every(({ health }) => health !== 'unknown'),
    )
    const health = Object.fromEntries(
      activeTargets.map(({ labels, health: found, lastError }) => [
        labels.job,
        `${found} ${lastError}`.trim(),
      ]),
    )
    expect(health).toEqual({
      openmetrics: 'up',
      'openmetrics-0.0.1': 'up',
      text: 'up',
      'text-1.0.0': 'up',
      untyped: expect.stringMatching(/^down .*Content-Type/i),
    })
  })

  it('Should keep the same series of one family from every format', async () => {
    const completed = 'compozy_temporal_workflow_completed_total{workflow_type="order"} == 1'
    const found = await eventually(
      () => prometheus.query(completed),
      (samples) => samples.length === 4,
    )
    expect(found.map(({ metric }) => metric['job']!).toSorted()).toEqual([
      'openmetrics',
      'openmetrics-0.0.1',
      'text',
      'text-1.0.0',
    ])
  })

  it('Should write the same bounds of buckets, whatever the format', async () => {
    const bounds = async (job: string): Promise<string[]> => {
      const selector = `compozy_temporal_workflow_duration_seconds_bucket{job="${job}",workflow_type="order"}`
      return (await prometheus.query(selector)).map(({ metric }) => metric['le']!).toSorted()
    }
    const text = await bounds('text')
    expect(text).toContain('1.0')
    expect(await bounds('openmetrics')).toEqual(text)
  })

  it('Should answer the rules that name a bound', async () => {
    const ratio = `sum(compozy_http_request_duration_seconds_bucket{le=~"1(\\\\.0)?"}) by (job)`
    expect((await prometheus.query(ratio)).length).toBe(4)
    expect(await prometheus.query('{"compozy_build_info"}')).toHaveLength(4)
  })
})
