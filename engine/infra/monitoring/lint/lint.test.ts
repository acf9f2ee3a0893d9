import Fastify from 'fastify'
import { beforeAll, describe, expect, it } from 'vitest'
import { createTestMonitoring } from '../testing/service.ts'
import { lintExposition, type LintOptions } from './lint.ts'
import { parseExposition } from './parse.ts'

let text: string
let openmetrics: string

beforeAll(async () => {
  const monitoring = await createTestMonitoring({
    customMetrics: [{ name: 'compozy_custom_a_total', type: 'counter', help: 'A.', labels: { x: ['1'] } }],
  })
  const app = Fastify(monitoring.http.serverOptions)
  monitoring.http.attach(app)
  monitoring.http.registerEndpoint(app)
  await app.inject('/metrics')
  text = (await app.inject('/metrics')).body
  openmetrics = (await app.inject({ url: '/metrics', headers: { accept: 'application/openmetrics-text' } }))
    .body
  await app.close()
  await monitoring.stop()
})

function findings(exposition: string, options?: LintOptions): string[] {
  const parsed = parseExposition(exposition)
  if (!('families' in parsed)) throw new Error(`${parsed.line}:${parsed.column} ${parsed.message}`)
  return lintExposition(parsed, options).map(({ rule, metric, message }) => `${rule}: ${metric} ${message}`)
}

/** Without a family's lines. */
const without = (name: string): string =>
  text
    .split('\n')
    .filter(
      (line) =>
        !line.startsWith(name) && !line.startsWith(`# HELP ${name} `) && !line.startsWith(`# TYPE ${name} `),
    )
    .join('\n')

describe('lintExposition', () => {
  it('Should find nothing in what the service itself exports, in both formats', () => {
    expect(findings(text)).toEqual([])
    expect(findings(openmetrics)).toEqual([])
    expect(findings(text, { requiredOnly: true })).toEqual([])
  })

  it.each<[string, () => string, string]>([
    [
      'a label that was renamed',
      () => text.replaceAll('status_code="', 'status="'),
      'label: compozy_http_requests_total has no label "status"; it has method, path, status_code',
    ],
    [
      'a label that is missing',
      () => text.replace('started_total{workflow_type="order"}', 'started_total'),
      'label: compozy_temporal_workflow_started_total the label "workflow_type" is missing',
    ],
    [
      'a value outside its closed set',
      () => text.replaceAll('method="GET"', 'method="BREW"'),
      'value: compozy_http_requests_total method="BREW" is none of GET, HEAD, POST',
    ],
    [
      'a family that was dropped',
      () => without('compozy_build_info'),
      'missing: compozy_build_info is not there',
    ],
    [
      'a family that nobody declared',
      () => `${text}# HELP compozy_surprise A.\n# TYPE compozy_surprise gauge\ncompozy_surprise 1\n`,
      'unknown: compozy_surprise is not in the catalogue',
    ],
    [
      'another kind',
      () =>
        text.replace(
          '# TYPE compozy_http_requests_in_flight gauge',
          '# TYPE compozy_http_requests_in_flight counter',
        ),
      'kind: compozy_http_requests_in_flight is a counter and should be a gauge',
    ],
    [
      'a foreign gauge that ends in _total',
      () => `${text}# HELP acme_total A.\n# TYPE acme_total gauge\nacme_total 1\n`,
      'naming: acme_total only a counter should end in _total',
    ],
    [
      'a foreign unit that is no base unit',
      () => `${text}# HELP acme_milliseconds A.\n# TYPE acme_milliseconds gauge\nacme_milliseconds 1\n`,
      'naming: acme_milliseconds should be in seconds, not in milliseconds',
    ],
    ['no help', () => `${text}# TYPE acme gauge\nacme 1\n`, 'help: acme has no help text'],
    [
      'buckets that fall',
      () => text.replace('compozy_metrics_scrape_duration_seconds_bucket{le="0.001"} ', '$&99'),
      'histogram: compozy_metrics_scrape_duration_seconds buckets must rise in bound and in count',
    ],
    [
      'a count that is not the last bucket',
      () => text.replace(/(compozy_metrics_scrape_duration_seconds_count) \d+/, '$1 99'),
      'histogram: compozy_metrics_scrape_duration_seconds _count must be the bucket of +Inf',
    ],
    [
      'a process that does not run',
      () => text.replace(/(compozy_uptime_seconds_total) [\d.]+/, '$1 0'),
      'freshness: compozy_uptime_seconds_total is not above 0: nothing runs',
    ],
  ])('Should find %s', (_, mutate, expected) => {
    expect(mutate()).not.toBe(text)
    expect(findings(mutate()).join('\n')).toContain(expected)
  })

  it('Should find too many series, and none at the limit', () => {
    expect(findings(text, { maxSeries: 1_000 })).toEqual([])
    expect(findings(text, { maxSeries: 1 }).join('\n')).toMatch(
      /cardinality: compozy_temporal_workflow_closed_total \d+ label sets; at most 1 are sound/,
    )
  })

  it('Should look at the eleven alone where it is asked to, and still at those', () => {
    const foreign = `${without('compozy_tool_calls_total')}# TYPE compozy_surprise gauge\ncompozy_surprise 1\n`
    expect(findings(foreign, { requiredOnly: true })).toEqual([])
    expect(findings(without('compozy_build_info'), { requiredOnly: true })).toEqual([
      'missing: compozy_build_info is not there',
    ])
  })
})
