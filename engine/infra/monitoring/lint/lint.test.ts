import Fastify from 'fastify'
import { beforeAll, describe, expect, it } from 'vitest'
import { createTestMonitoring } from '../testing/service.ts'
import { lintExposition, type LintOptions } from './lint.ts'
import { parseExposition } from './parse.ts'

let text: string
let openmetrics: string

beforeAll(async () => {
  const monitoring = await createTestMonitoring({
    customMetrics: [
      { name: 'compozy_custom_a_total', type: 'counter', help: 'A.', labels: { x: ['1'] } },
    ],
  })
  const app = Fastify(monitoring.http.requestCounting)
  monitoring.http.countRoutes(app)
  monitoring.http.registerEndpoint(app)
  await app.inject('/metrics')
  text = (await app.inject('/metrics')).body
  openmetrics = (
    await app.inject({ url: '/metrics', headers: { accept: 'application/openmetrics-text' } })
  ).body
  await app.close()
  await monitoring.dispose()
})

function findings(exposition: string, options?: LintOptions): string[] {
  const parsed = parseExposition(exposition)
  if (!('families' in parsed)) throw new Error(`${parsed.line}:${parsed.column} ${parsed.message}`)
  return lintExposition(parsed, options).map(
    ({ rule, severity, metric, message }) =>
      `${severity === 'warning' ? 'warning: ' : ''}${rule}: ${metric} ${message}`,
  )
}

/** The service's exposition with a family of somebody else's. */
const foreign = (name: string, kind: string, sample = `${name} 1`): string =>
  `${text}# HELP ${name} A.\n# TYPE ${name} ${kind}\n${sample}\n`

/** Without a family's lines. */
const without = (name: string): string =>
  text
    .split('\n')
    .filter(
      (line) =>
        !line.startsWith(name) &&
        !line.startsWith(`# HELP ${name} `) &&
        !line.startsWith(`# TYPE ${name} `),
    )
    .join('\n')

describe('lintExposition', () => {
  it('Should find nothing in what the service itself exports, in both formats', () => {
    expect(findings(text)).toEqual([])
    expect(findings(openmetrics)).toEqual([])
    expect(findings(text, { coreOnly: true })).toEqual([])
  })

  it('Should compare the families of a library user with the catalogue, under their prefix', () => {
    const shop = text.replaceAll('compozy_', 'shop_').replace(',go_version="none"', '')
    expect(findings(shop, { prefix: 'shop' })).toEqual([])
    expect(findings(text, { prefix: 'compozy' })).toEqual([])
    const wrong = shop.replaceAll('method="GET"', 'method="BREW"')
    expect(findings(wrong, { prefix: 'shop' })[0]).toMatch(/^value: shop_\S+ method="BREW" is not/)
    const own = `${shop}# HELP shop_carts_total A.\n# TYPE shop_carts_total counter\nshop_carts_total 1\n`
    expect(findings(own, { prefix: 'shop' })).toEqual([])
    expect(findings(shop, { prefix: 'market' })).toContain(
      'missing: market_uptime_seconds_total is missing',
    )
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
      'value: compozy_http_requests_total method="BREW" is not declared; allowed: GET, HEAD, POST',
    ],
    [
      'a family that was dropped',
      () => without('compozy_build_info'),
      'missing: compozy_build_info is missing',
    ],
    [
      'a family without a series',
      () => text.replace(/^compozy_build_info.*\n/m, ''),
      'missing: compozy_build_info has no series',
    ],
    [
      'a label that is empty',
      () => text.replace('commit_hash="abc"', 'commit_hash=""'),
      'label: compozy_build_info the label "commit_hash" is empty',
    ],
    [
      'a counter below 0',
      () => text.replace(/(compozy_http_requests_total\{.*\}) 1\n/, '$1 -1\n'),
      'number: compozy_http_requests_total compozy_http_requests_total is -1; a count must not be negative',
    ],
    [
      'a count that is no number',
      () => text.replace(/(compozy_metrics_scrape_duration_seconds_count) \d+/, '$1 NaN'),
      'number: compozy_metrics_scrape_duration_seconds compozy_metrics_scrape_duration_seconds_count is NaN',
    ],
    [
      'a bucket without a bound',
      () =>
        text.replace(
          'compozy_metrics_scrape_duration_seconds_bucket{le="0.001"}',
          'compozy_metrics_scrape_duration_seconds_bucket',
        ),
      'histogram: compozy_metrics_scrape_duration_seconds buckets must rise in bound and in count',
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
    ['no help', () => `${text}# TYPE acme gauge\nacme 1\n`, 'help: acme has no help text'],
    [
      'buckets that fall',
      () => text.replace('compozy_metrics_scrape_duration_seconds_bucket{le="0.001"} ', '$&99'),
      'histogram: compozy_metrics_scrape_duration_seconds buckets must rise in bound and in count',
    ],
    [
      'a count that is not the last bucket',
      () => text.replace(/(compozy_metrics_scrape_duration_seconds_count) \d+/, '$1 99'),
      'histogram: compozy_metrics_scrape_duration_seconds _count must equal the +Inf bucket',
    ],
    [
      'a process that does not run',
      () => text.replace(/(compozy_uptime_seconds_total) [\d.]+/, '$1 0'),
      'freshness: compozy_uptime_seconds_total is not above 0; the process does not run',
    ],
  ])('Should find %s', (_, mutate, expected) => {
    expect(mutate()).not.toBe(text)
    expect(findings(mutate()).join('\n')).toContain(expected)
  })

  it.each(['compozy_surprise', 'process_surprise', 'nodejs_surprise', 'temporal_surprise'])(
    'Should find %s, whose beginning is ours and whose name is not in the catalogue',
    (name) => {
      expect(findings(foreign(name, 'gauge'))).toEqual([`unknown: ${name} is not in the catalogue`])
    },
  )

  it.each(['compozy_custom_surprise', 'acme_surprise', 'compozyish'])(
    'Should let %s be',
    (name) => {
      expect(findings(foreign(name, 'gauge'))).toEqual([])
    },
  )

  it.each<[string, string, string]>([
    ['acme_total', 'gauge', 'only a counter should end in _total'],
    ['acme', 'counter', 'a counter should end in _total'],
    ['acme_milliseconds', 'gauge', 'should be in seconds, not in milliseconds'],
    ['acme_mebibytes_total', 'counter', 'should be in bytes, not in mebibytes'],
    ['acme_days', 'gauge', 'should be in seconds, not in days'],
    ['acme_ms', 'gauge', '"ms" should be a whole word: seconds, bytes'],
    ['acme_gauge', 'gauge', 'should not contain its kind, gauge'],
    ['acme_count', 'gauge', 'the suffix _count is reserved for histograms'],
    ['acme_bucket', 'gauge', 'the suffix _bucket is reserved for histograms'],
    ['acmeSize', 'gauge', 'names are lower case with underscores'],
    ['acme:size', 'gauge', 'colons are reserved for recording rules'],
    ['compozy_custom_kb', 'gauge', '"kb" should be a whole word: seconds, bytes'],
    ['acme_hours', 'gauge', 'should be in seconds, not in hours'],
    ['acme_inches', 'gauge', 'should be in meters, not in inches'],
    ['acme_pounds', 'gauge', 'should be in grams, not in pounds'],
    ['acme_bits', 'gauge', 'should be in bytes, not in bits'],
    ['acme_calories', 'gauge', 'should be in joules, not in calories'],
    ['acme_fahrenheit', 'gauge', 'should be in celsius, not in fahrenheit'],
    ['acme_percent', 'gauge', 'should be in ratio, not in percent'],
    ['acme_histogram', 'gauge', 'should not contain its kind, histogram'],
    ['acme_sum', 'gauge', 'the suffix _sum is reserved for histograms'],
    ['acme_bucket', 'summary', 'the suffix _bucket is reserved for histograms'],
    ['acme_total', 'summary', 'only a counter should end in _total'],
  ])('Should hold a foreign family to the rules of names: %s, a %s', (name, kind, message) => {
    expect(findings(foreign(name, kind))).toEqual([`naming: ${name} ${message}`])
  })

  it.each<[string, string]>([
    ['le', 'the label le is reserved for histograms'],
    ['quantile', 'the label quantile is reserved for summaries'],
    ['tenantId', 'the label tenantId should be lower case with underscores'],
    ['__hidden', 'the label __hidden is reserved'],
  ])('Should hold the labels of a foreign family to them: %s', (label, message) => {
    const sample = `acme{${label}="1"} 1`
    expect(findings(foreign('acme', 'gauge', sample))).toEqual([`naming: acme ${message}`])
    expect(findings(foreign('acme', 'gauge', 'acme{tenant="1"} 1'))).toEqual([])
  })

  it.each<[string, string, string]>([
    ['acme_kilobytesize', 'gauge', 'acme_kilobytesize 1'],
    ['acme_prekilobytes', 'gauge', 'acme_prekilobytes 1'],
    ['acme_total', 'untyped', 'acme_total 1'],
    ['acme_seconds', 'gauge', 'acme_seconds 1'],
    ['acme_count', 'summary', 'acme_count_sum 1\nacme_count_count 1'],
    ['acme', 'summary', 'acme{quantile="0.5"} 1\nacme_sum 1\nacme_count 1'],
  ])('Should find nothing wrong with %s, a %s', (name, kind, sample) => {
    expect(findings(foreign(name, kind, sample))).toEqual([])
  })

  it.each<[string, string[], string[]]>([
    ['valid', ['_bucket{le="1"} 1', '_bucket{le="+Inf"} 2', '_sum 3', '_count 2'], []],
    ['without a count', ['_bucket{le="+Inf"} 2', '_sum 3'], ['needs _sum and _count']],
    ['without a sum', ['_bucket{le="+Inf"} 2', '_count 2'], ['needs _sum and _count']],
    [
      'without the last bucket',
      ['_bucket{le="1"} 2', '_sum 3', '_count 2'],
      ['the last bucket must be le="+Inf"'],
    ],
    ['without any bucket', ['_sum 3', '_count 2'], ['the last bucket must be le="+Inf"']],
    [
      'with bounds that fall',
      ['_bucket{le="2"} 1', '_bucket{le="1"} 1', '_bucket{le="+Inf"} 2', '_sum 3', '_count 2'],
      ['buckets must rise in bound and in count'],
    ],
    [
      'with counts that fall',
      ['_bucket{le="1"} 2', '_bucket{le="2"} 1', '_bucket{le="+Inf"} 2', '_sum 3', '_count 2'],
      ['buckets must rise in bound and in count'],
    ],
    [
      'with a bound twice',
      ['_bucket{le="1"} 1', '_bucket{le="1.0"} 1', '_bucket{le="+Inf"} 2', '_sum 3', '_count 2'],
      ['buckets must rise in bound and in count'],
    ],
    [
      'with counts that stay',
      ['_bucket{le="1"} 2', '_bucket{le="2"} 2', '_bucket{le="+Inf"} 2', '_sum 3', '_count 2'],
      [],
    ],
    [
      'with one series that is wrong beside one that is right',
      [
        '_bucket{a="1",le="+Inf"} 2',
        '_sum{a="1"} 3',
        '_count{a="1"} 2',
        '_bucket{a="2",le="+Inf"} 2',
        '_sum{a="2"} 3',
        '_count{a="2"} 1',
      ],
      ['_count must equal the +Inf bucket'],
    ],
  ])('Should hold a histogram to its rules: %s', (_, lines, messages) => {
    const found = findings(
      foreign('acme', 'histogram', lines.map((end) => `acme${end}`).join('\n')),
    )
    expect(found).toEqual(messages.map((message) => `histogram: acme ${message}`))
  })

  it('Should find counts below 0 of a histogram, and let a gauge and a sum be', () => {
    const lines = ['_bucket{le="1"} -1', '_bucket{le="+Inf"} 2', '_sum -3', '_count 2']
    const histogram = foreign('acme', 'histogram', lines.map((end) => `acme${end}`).join('\n'))
    expect(findings(histogram)).toEqual([
      'number: acme acme_bucket is -1; a count must not be negative',
    ])
    expect(findings(foreign('acme', 'gauge', 'acme -1'))).toEqual([])
    expect(findings(foreign('acme_count', 'gauge', 'acme_count -1'))).toEqual([
      'naming: acme_count the suffix _count is reserved for histograms',
    ])
    expect(findings(foreign('acme_total', 'counter', 'acme_total NaN'))).toEqual([
      'number: acme_total acme_total is NaN; a count must not be negative',
    ])
  })

  it('Should find a count below 0 of a summary, and let sums and times be', () => {
    const summary = (count: number) =>
      findings(foreign('acme', 'summary', `acme_sum -3\nacme_count ${count}`))
    expect(summary(-1)).toEqual(['number: acme acme_count is -1; a count must not be negative'])
    expect(summary(1)).toEqual([])
    const named = ['_bucket{le="+Inf"} 2', '_sum -3', '_count 2'].map((end) => `acme_count${end}`)
    expect(findings(foreign('acme_count', 'histogram', named.join('\n')))).toEqual([])
    const created = openmetrics.replace(
      '# EOF',
      '# HELP acme A.\n# TYPE acme counter\nacme_total 1\nacme_created -1\n# EOF',
    )
    expect(findings(created)).toEqual([])
  })

  it.each<[string, string, string[]]>([
    [
      'a family without a type that ends in _total',
      'acme_total 1',
      ['help: acme_total has no help text'],
    ],
    [
      'a gauge histogram',
      '# HELP acme A.\n# TYPE acme gaugehistogram\nacme_bucket{le="+Inf"} 1\nacme_gcount 1\nacme_gsum 1',
      [],
    ],
    [
      'a gauge histogram whose name ends as its samples do',
      '# HELP acme_sum A.\n# TYPE acme_sum gaugehistogram\nacme_sum_bucket{le="+Inf"} 1',
      [],
    ],
    ['an empty help', '# HELP acme  \n# TYPE acme gauge\nacme 1', ['help: acme has no help text']],
    ['a time of a loss, which is no loss', '', []],
  ])('Should know in OpenMetrics: %s', (_, lines, found) => {
    const loss = 'compozy_metrics_errors_total{place="scrape"} 0\n'
    const time = 'compozy_metrics_errors_created{place="scrape"} 1700000000\n'
    const more = lines === '' ? openmetrics.replace(loss, loss + time) : openmetrics
    expect(findings(more.replace('# EOF', `${lines}${lines && '\n'}# EOF`))).toEqual(found)
  })

  it('Should name what is wrong with the labels of a family of ours, and no more', () => {
    const change = (from: string, to: string) => findings(text.replaceAll(from, to))
    expect(
      change('\ncompozy_uptime_seconds_total ', '\ncompozy_uptime_seconds_total{a="1"} '),
    ).toEqual(['label: compozy_uptime_seconds_total has no label "a"; it has none'])
    expect(change('errors_total{place="scrape"}', 'errors_total{place="scrape",le="1"}')).toContain(
      'label: compozy_metrics_errors_total has no label "le"; it has place',
    )
    const duration = 'compozy_http_request_duration_seconds_sum{'
    expect(change(duration, `${duration}a="1",`)).toContain(
      'label: compozy_http_request_duration_seconds has no label "a"; it has method, path',
    )
    expect(
      change('compozy_http_requests_total{method="GET"', 'compozy_http_requests_total{method=""'),
    ).toEqual(['label: compozy_http_requests_total the label "method" is empty'])
  })

  it('Should look at the eleven as closely where they are looked at alone', () => {
    const wrong = text.replaceAll(
      'compozy_http_requests_total{method="GET"',
      'compozy_http_requests_total{method="BREW"',
    )
    expect(findings(wrong, { coreOnly: true })[0]).toMatch(/^value: compozy_http_requests_total /)
    const name = 'compozy_http_request_duration_seconds'
    const disarmed = text.replaceAll(new RegExp(`^${name}_bucket.*le="1".*\n`, 'gm'), '')
    expect(findings(disarmed, { coreOnly: true })).toEqual([])
  })

  it('Should warn of an alert whose bound the histogram does not have', () => {
    const name = 'compozy_http_request_duration_seconds'
    const [first = ''] = findings(
      text.replaceAll(new RegExp(`^${name}_bucket.*le="1".*\n`, 'gm'), ''),
    )
    expect(first).toMatch(/^warning: disarmed: compozy_http_request_duration_seconds /)
    expect(first).toContain('the shipped alert CompozyApiLatencyHigh cannot fire')
  })

  it('Should warn of it under the prefix of an application', () => {
    const name = 'shop_http_request_duration_seconds'
    const shop = text.replaceAll('compozy_', 'shop_')
    const [first = ''] = findings(
      shop.replaceAll(new RegExp(`^${name}_bucket.*le="1".*\n`, 'gm'), ''),
      { prefix: 'shop' },
    )
    expect(first).toContain(`the buckets of ${name} have no bound 1`)
    expect(first).toContain('the shipped alert ShopApiLatencyHigh cannot fire')
  })

  it('Should let a label be empty where the catalogue says that it can be', () => {
    const calls = (labels: string): string =>
      foreign('temporal_long_request_total', 'counter', `temporal_long_request_total{${labels}} 1`)
    expect(findings(calls('namespace="",operation="a"'))).toEqual([])
    expect(findings(calls('namespace="a",operation=""'))).toEqual([
      'label: temporal_long_request_total the label "operation" is empty',
    ])
  })

  it('Should find a process that starts in the future, beyond what clocks differ by', () => {
    const started = foreign(
      'process_start_time_seconds',
      'gauge',
      'process_start_time_seconds 1000',
    )
    expect(findings(started, { now: () => 900 })).toEqual([
      'freshness: process_start_time_seconds is 100 s in the future',
    ])
    expect(findings(started, { now: () => 940 })).toEqual([])
    expect(findings(started)).toEqual([])
    const never = foreign('process_start_time_seconds', 'gauge', 'process_start_time_seconds 9e11')
    expect(findings(never)).toEqual([expect.stringMatching(/^freshness: .* s in the future$/)])
  })

  it('Should warn of what monitoring itself says that it lost', () => {
    const lost = text.replace('errors_total{place="scrape"} 0', 'errors_total{place="scrape"} 2')
    expect(findings(lost)).toEqual([
      'warning: health: compozy_metrics_errors_total place="scrape" is 2; see the log',
    ])
  })

  it('Should find too many series, and none at the limit', () => {
    expect(findings(text, { maxSeries: 1_000 })).toEqual([])
    expect(findings(text, { maxSeries: 1 }).join('\n')).toMatch(
      /cardinality: compozy_temporal_workflow_closed_total has \d+ label sets; at most 1 are allowed/,
    )
    const three = foreign(
      'acme_seats',
      'gauge',
      ['a', 'b', 'c'].map((row) => `acme_seats{row="${row}"} 1`).join('\n'),
    )
    const seats = (maxSeries: number) =>
      findings(three, { maxSeries }).filter((line) => line.startsWith('cardinality: acme_seats'))
    expect(seats(3)).toEqual([])
    expect(seats(2)).toEqual(['cardinality: acme_seats has 3 label sets; at most 2 are allowed'])
  })

  it('Should look at the eleven alone where it is asked to, and still at those', () => {
    const others = `${without('compozy_tool_calls_total')}# TYPE compozy_surprise gauge\ncompozy_surprise 1\n`
    expect(findings(others, { coreOnly: true })).toEqual([])
    expect(findings(without('compozy_build_info'), { coreOnly: true })).toEqual([
      'missing: compozy_build_info is missing',
    ])
  })
})
