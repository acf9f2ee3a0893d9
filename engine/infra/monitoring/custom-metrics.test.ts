import Fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import type { MonitoringService } from './index.ts'
import { createTestMonitoring, testConfig } from './testing/service.ts'

async function scrape(monitoring: MonitoringService): Promise<string> {
  const app = Fastify()
  monitoring.http.registerEndpoint(app)
  const { body } = await app.inject('/metrics')
  await app.close()
  return body
}

const linesOf = (text: string, name: string): string[] =>
  text.split('\n').filter((line) => line.includes(name))

describe('metrics of your own', () => {
  it('Should be three typed lines', async () => {
    const monitoring = await createTestMonitoring()
    const { metrics } = monitoring
    const signUps = metrics.counter({
      name: 'acme_sign_ups_total',
      help: 'Sign-ups.',
      labels: { plan: ['free', 'pro'] },
    })
    signUps.with({ plan: 'pro' }).add()
    metrics.gauge({ name: 'acme_seats', help: 'Seats.' }).with().set(3)
    metrics
      .histogram({ name: 'acme_wait_seconds', help: 'Wait.', buckets: [1, 2] })
      .with()
      .observe(1.5)
    const text = await scrape(monitoring)
    expect(linesOf(text, 'acme_sign_ups')).toEqual([
      '# HELP acme_sign_ups_total Sign-ups.',
      '# TYPE acme_sign_ups_total counter',
      'acme_sign_ups_total{plan="pro"} 1',
    ])
    expect(text).toContain('acme_seats 3\n')
    expect(text).toContain(
      'acme_wait_seconds_bucket{le="1"} 0\nacme_wait_seconds_bucket{le="2"} 1\n',
    )
  })

  it('Should not compile with a wrong label, a wrong value or a label that is missing', async () => {
    const { metrics } = await createTestMonitoring()
    const counter = metrics.counter({
      name: 'acme_a_total',
      help: 'A.',
      labels: { plan: ['free', 'pro'] },
    })
    // @ts-expect-error gold is no plan
    counter.with({ plan: 'gold' })
    // @ts-expect-error plans is no label
    counter.with({ plans: 'pro' })
    // @ts-expect-error the label is missing
    expect(counter.with()).toBeDefined()
  })

  it('Should record a value that is none of the allowed as other, and bound 10,000 hostile ones', async () => {
    const monitoring = await createTestMonitoring()
    const counter = monitoring.metrics.counter({
      name: 'acme_a_total',
      help: 'A.',
      labels: { plan: ['free'] as readonly string[] },
    })
    for (let i = 0; i < 10_000; i++) counter.with({ plan: `"}\n${i}` }).add()
    counter.with({ plan: 'free' }).add(-5)
    expect(linesOf(await scrape(monitoring), 'acme_a_total{')).toEqual([
      'acme_a_total{plan="other"} 10000',
      'acme_a_total{plan="free"} 0',
    ])
  })

  it('Should ignore what JavaScript may pass as a number, and keep what is one', async () => {
    const monitoring = await createTestMonitoring()
    const { metrics } = monitoring
    const counter = metrics.counter({ name: 'acme_a_total', help: 'A.' }).with()
    const gauge = metrics.gauge({ name: 'acme_b', help: 'B.' }).with()
    const buckets = [1]
    const histogram = metrics.histogram({ name: 'acme_c_seconds', help: 'C.', buckets }).with()
    // What JavaScript may pass in spite of the types.
    const hostile = ['1', null, 1n, {}, Symbol('1'), -Infinity, NaN] as unknown as number[]
    gauge.set(3)
    for (const value of [...hostile, Infinity]) counter.add(value)
    for (const value of [...hostile, Infinity]) gauge.add(value)
    for (const value of [...hostile.slice(0, 5), NaN]) {
      gauge.set(value)
      histogram.observe(value)
    }
    counter.add(2)
    gauge.add(-1)
    histogram.observe(0.5)
    const text = await scrape(monitoring)
    expect(text).toContain('acme_a_total 2\n')
    expect(text).toContain('acme_b 2\n')
    expect(text).toContain('acme_c_seconds_sum 0.5\nacme_c_seconds_count 1\n')
  })

  it('Should refuse and count what would make a sum infinite, and record on', async () => {
    const monitoring = await createTestMonitoring()
    const { metrics } = monitoring
    const counter = metrics.counter({ name: 'acme_a_total', help: 'A.' }).with()
    const gauge = metrics.gauge({ name: 'acme_b', help: 'B.' }).with()
    const buckets = [1]
    const histogram = metrics.histogram({ name: 'acme_c_seconds', help: 'C.', buckets }).with()
    for (let i = 0; i < 2; i++) {
      counter.add(1e308)
      gauge.add(-1e308)
      histogram.observe(1e308)
    }
    const text = await scrape(monitoring)
    expect(text).toContain('acme_a_total 1e+308\n')
    expect(text).toContain('acme_b -1e+308\n')
    expect(text).toContain('acme_c_seconds_sum 1e+308\nacme_c_seconds_count 1\n')
    expect(text).toContain('compozy_metrics_errors_total{place="custom_metric"} 3\n')
    gauge.add(1e308)
    expect(await scrape(monitoring)).toContain('acme_b 0\n')
  })

  it('Should record an infinite value in the last bucket of a histogram, and finite ones after it', async () => {
    const monitoring = await createTestMonitoring()
    const buckets = [1]
    const histogram = monitoring.metrics
      .histogram({ name: 'acme_c_seconds', help: 'C.', buckets })
      .with()
    for (const value of [0.5, Infinity, 0.5]) histogram.observe(value)
    const text = await scrape(monitoring)
    expect(text).toContain('acme_c_seconds_bucket{le="1"} 2\n')
    expect(text).toContain('acme_c_seconds_bucket{le="+Inf"} 3\n')
    expect(text).toContain('acme_c_seconds_sum +Inf\nacme_c_seconds_count 3\n')
    expect(text).toContain('compozy_metrics_errors_total{place="custom_metric"} 0\n')
  })

  it('Should refuse and count what would leave an infinite sum no number', async () => {
    const monitoring = await createTestMonitoring()
    const buckets = [1]
    const histogram = monitoring.metrics
      .histogram({ name: 'acme_c_seconds', help: 'C.', buckets })
      .with()
    for (const value of [Infinity, -Infinity, NaN, 0.5]) histogram.observe(value)
    const text = await scrape(monitoring)
    expect(text).toContain('acme_c_seconds_sum +Inf\nacme_c_seconds_count 2\n')
    expect(text).toContain('compozy_metrics_errors_total{place="custom_metric"} 2\n')
  })

  // The last is what JavaScript may pass in spite of the types.
  it.each([-3, NaN, Infinity, '2' as unknown as number])(
    'Should count that a counter refuses %s, and not that it takes 0',
    async (amount) => {
      const monitoring = await createTestMonitoring()
      const counter = monitoring.metrics.counter({ name: 'acme_a_total', help: 'A.' }).with()
      counter.add(0)
      counter.add(amount)
      const text = await scrape(monitoring)
      expect(text).toContain('acme_a_total 0\n')
      expect(text).toContain('compozy_metrics_errors_total{place="custom_metric"} 1\n')
    },
  )

  it('Should record labels that are none as other', async () => {
    const monitoring = await createTestMonitoring()
    const labels = { plan: ['free'] }
    const counter = monitoring.metrics.counter({ name: 'acme_a_total', help: 'A.', labels })
    const record = counter.with as (given?: unknown) => { add(): void }
    for (const given of [undefined, null, 5, 'free', { plan: 1 }]) record(given).add()
    record({ plan: 'free' }).add()
    expect(linesOf(await scrape(monitoring), 'acme_a_total{')).toEqual([
      'acme_a_total{plan="other"} 5',
      'acme_a_total{plan="free"} 1',
    ])
  })

  it.each<[string, object, string]>([
    ['no name', { name: undefined }, 'metric "undefined": the name must be lower case letters'],
    ['no help', { help: undefined }, 'help is empty'],
    ['values that are no list', { labels: { plan: 'free' } }, 'the label "plan" has no values'],
    ['a number', { labels: { plan: [1] } }, 'must be text in valid Unicode'],
    ['a lone surrogate', { labels: { plan: ['\uD800'] } }, 'must be text in valid Unicode'],
    ['one among others', { labels: { plan: ['a', '\uD800'] } }, 'must be text in valid Unicode'],
  ])('Should refuse %s, which JavaScript may pass', async (_, wrong, why) => {
    const { metrics } = await createTestMonitoring()
    const definition = { name: 'acme_a_total', help: 'A.' }
    // What the types forbid.
    const given: typeof definition = { ...definition, ...wrong }
    expect(() => metrics.counter(given)).toThrow(why)
    expect(() => metrics.counter({ ...definition, labels: { plan: ['😀'] } })).not.toThrow()
  })

  it.each([
    [undefined, 'a metric needs its definition: { name, help }'],
    [null, 'a metric needs its definition: { name, help }'],
    [['acme_a_total'], 'a metric needs its definition: { name, help }'],
    [{}, 'metric "undefined": the name must be lower case letters'],
    [
      { name: 'acme_a_total', help: 'A.', labels: null },
      'metric "acme_a_total": labels must map each label to its values',
    ],
    [
      { name: 'acme_a_total', help: 'A.', labels: ['plan'] },
      'metric "acme_a_total": labels must map each label to its values',
    ],
  ])('Should refuse what JavaScript may pass as a definition: %j', async (given, message) => {
    const { metrics } = await createTestMonitoring()
    const refusal = expect.objectContaining({
      code: 'metric_invalid',
      message: expect.stringContaining(message) as string,
    }) as Error
    expect(() => metrics.counter(given as never)).toThrow(refusal)
    expect(() => metrics.gauge(given as never)).toThrow(
      expect.objectContaining({ code: 'metric_invalid' }) as Error,
    )
  })

  it.each([
    [{ labelNames: ['plan'] }, 'unknown key "labelNames"; did you mean "labels"?'],
    [{ lables: { plan: ['a'] } }, 'unknown key "lables"; did you mean "labels"?'],
    [{ registers: [] }, 'unknown key "registers"; allowed: name, help, labels'],
  ])('Should refuse a key that is unknown: %j', async (extra, why) => {
    const { metrics } = await createTestMonitoring()
    const disabled = await createTestMonitoring({ config: { ...testConfig, enabled: false } })
    const total = { name: 'acme_a_total', help: 'A.' }
    const seconds = { name: 'acme_a_seconds', help: 'A.', buckets: [1] }
    const open = { name: 'acme_open', help: 'A.' }
    metrics.counter(total)
    const defined = [
      () => metrics.counter({ ...total, ...extra }),
      () => metrics.gauge({ ...open, ...extra }),
      () => metrics.histogram({ ...seconds, ...extra }),
      () => disabled.metrics.counter({ ...total, ...extra }),
    ]
    for (const define of defined)
      expect(define).toThrow(
        expect.objectContaining({
          code: 'metric_invalid',
          message: expect.stringContaining(why) as string,
        }) as Error,
      )
  })

  it('Should refuse buckets of what is no histogram, and accept keys without a value', async () => {
    const { metrics } = await createTestMonitoring()
    const open = { name: 'acme_open', help: 'A.' }
    const gauge = (buckets: readonly number[] | undefined) => () => {
      const given = { ...open, buckets }
      return metrics.gauge(given)
    }
    expect(gauge([1])).toThrow('unknown key "buckets"')
    expect(gauge(undefined)).not.toThrow()
  })

  it('Should refuse a gauge whose name OpenMetrics gives to a counter', async () => {
    const { metrics } = await createTestMonitoring()
    metrics.counter({ name: 'acme_made_total', help: 'A.' })
    const gauge = (name: string) => () => metrics.gauge({ name, help: 'A.' })
    expect(gauge('acme_made')).toThrow('the name is taken by another metric')
    expect(gauge('acme_making')).not.toThrow()
  })

  it('Should refuse a metric with the name that OpenMetrics gives to a sample of another', async () => {
    const { metrics } = await createTestMonitoring()
    const counter = (name: string) => () => metrics.counter({ name, help: 'A.' })
    const histogram = (name: string) => () => metrics.histogram({ name, help: 'A.', buckets: [1] })
    histogram('acme_made')()
    counter('acme_size_count_total')()
    for (const suffix of ['count', 'sum', 'bucket', 'created'])
      expect(counter(`acme_made_${suffix}_total`)).toThrow('the name is taken by another metric')
    expect(histogram('acme_size')).toThrow('the name is taken by another metric')
    expect(counter('acme_size_count_created_total')).toThrow('the name is taken by another metric')
    expect(counter('acme_made_counts_total')).not.toThrow()
    expect(counter('acme_size_created_total')).not.toThrow()
  })

  it('Should give the same instrument for the same definition, and refuse another of its name', async () => {
    const monitoring = await createTestMonitoring()
    const { metrics } = monitoring
    for (let i = 0; i < 2; i++) metrics.counter({ name: 'acme_a_total', help: 'A.' }).with().add()
    expect(await scrape(monitoring)).toContain('acme_a_total 2\n')
    expect(() => metrics.counter({ name: 'acme_a_total', help: 'B.' })).toThrow(
      'metric "acme_a_total": it is already defined differently',
    )
    expect(await scrape(monitoring)).toContain('acme_a_total 2\n')
  })

  it.each<[string, string, Record<string, readonly string[]>, string]>([
    ['compozy_a_total', 'A.', {}, 'the prefix compozy_ is reserved'],
    ['temporal_a_total', 'A.', {}, 'the prefix temporal_ is reserved'],
    ['acme_a', 'A.', {}, 'the name of a counter must end in _total'],
    ['acme.a_total', 'A.', {}, 'the name must be lower case'],
    ['acmeA_total', 'A.', {}, 'the name must be lower case'],
    ['acme_a_total', ' ', {}, 'help is empty'],
    ['acme_a_total', 'A.', { le: ['1'] }, 'the label "le" is reserved by Prometheus'],
    ['acme_a_total', 'A.', { 'a.b': ['1'] }, 'the label "a.b" must be lower case'],
    ['acme_a_total', 'A.', { plan: [] }, 'the label "plan" has no values'],
    ['process_a_total', 'A.', {}, 'the prefix process_ is reserved'],
    ['scrape_a_total', 'A.', {}, 'the prefix scrape_ is reserved'],
    ['9acme_total', 'A.', {}, 'the name must be lower case'],
    ['acme__a_total', 'A.', {}, 'the name must be lower case'],
    ['acme_a_total_', 'A.', {}, 'the name must be lower case'],
    ['_acme_total', 'A.', {}, 'the name must be lower case'],
    ['acme_a_total', 'A.', { a__b: ['1'] }, 'the label "a__b" must be lower case'],
    ['acme_a_total', 'A.', { job: ['1'] }, 'the label "job" is reserved by Prometheus'],
    ['acme_a_total', 'A.', { ok: ['1'], plan: [] }, 'the label "plan" has no values'],
  ])(
    'Should refuse %s (%s, %o), also where monitoring is disabled',
    async (name, help, labels, why) => {
      const enabled = await createTestMonitoring()
      expect(() => enabled.metrics.counter({ name, help, labels })).toThrow(why)
      const disabled = await createTestMonitoring({ config: { ...testConfig, enabled: false } })
      expect(() => disabled.metrics.counter({ name, help, labels })).toThrow(why)
    },
  )

  it('Should keep suffixes that Prometheus interprets for their own kind', async () => {
    const { metrics } = await createTestMonitoring()
    const gauge = (name: string) => () => metrics.gauge({ name, help: 'A.' })
    expect(gauge('acme_total')).toThrow('the suffix _total is reserved; a gauge needs another name')
    expect(gauge('acme_sum')).toThrow('the suffix _sum is reserved')
    expect(gauge('acme_info')).toThrow('the suffix _info is reserved')
    expect(gauge('acme_summary')).not.toThrow()
    expect(() => metrics.counter({ name: 'acme_sum_total', help: 'A.' })).not.toThrow()
    const buckets = [1]
    expect(() => metrics.histogram({ name: 'acme_bucket', help: 'A.', buckets })).toThrow(
      'the suffix _bucket is reserved; a histogram needs another name',
    )
  })

  it('Should refuse a histogram without buckets, which JavaScript may leave out', async () => {
    const { metrics } = await createTestMonitoring()
    const definition = { name: 'acme_seconds', help: 'A.' } as Parameters<
      typeof metrics.histogram
    >[0]
    expect(() => metrics.histogram(definition)).toThrow('buckets must be finite and rise strictly')
    expect(() => metrics.histogram({ ...definition, buckets: [1] })).not.toThrow()
  })

  it.each([[[]], [[1, 1]], [[1, Infinity]]])('Should refuse the buckets %o', async (buckets) => {
    const { metrics } = await createTestMonitoring()
    expect(() => metrics.histogram({ name: 'acme_seconds', help: 'A.', buckets })).toThrow(
      'metric "acme_seconds": buckets must be finite and rise strictly',
    )
  })

  it('Should do nothing where monitoring is disabled, in the same shape', async () => {
    const { metrics } = await createTestMonitoring({ config: { ...testConfig, enabled: false } })
    metrics.counter({ name: 'acme_a_total', help: 'A.' }).with().add()
    const meter = await metrics.meter()
    expect(() => meter.createCounter('acme.b').add(1)).not.toThrow()
  })
})

describe('the plain OpenTelemetry Meter', () => {
  it('Should appear on the same endpoint, with names that Prometheus takes', async () => {
    const monitoring = await createTestMonitoring()
    const meter = await monitoring.metrics.meter()
    meter
      .createCounter('acme.jobs', { description: 'Jobs.' })
      .add(2, { 'job.kind': 'a', job_kind: 'b' })
    const text = await scrape(monitoring)
    expect(linesOf(text, 'acme_jobs')).toEqual([
      '# HELP acme_jobs_total Jobs.',
      '# TYPE acme_jobs_total counter',
      'acme_jobs_total{job_kind="a;b"} 2',
    ])
    expect(text).not.toContain('otel_scope')
  })

  it("Should fold 10,000 hostile values into other, never into OpenTelemetry's own overflow", async () => {
    const monitoring = await createTestMonitoring({
      config: { ...testConfig, cardinalityLimit: 100 },
    })
    const counter = (await monitoring.metrics.meter()).createCounter('acme_jobs_total')
    for (let i = 0; i < 10_000; i++) counter.add(1, { kind: `${i}` })
    const text = await scrape(monitoring)
    const values = linesOf(text, 'acme_jobs_total{').map((line) => Number(line.split(' ').at(-1)))
    expect(values.length).toBeLessThanOrEqual(101)
    expect(values.reduce((sum, value) => sum + value, 0)).toBe(10_000)
    expect(text).toContain('acme_jobs_total{kind="other"}')
    expect(text).not.toContain('overflow')
    expect(await scrape(monitoring)).toContain(
      'compozy_metrics_dropped_series_total{metric="acme_jobs_total"} 1\n',
    )
  })

  it("Should never let a family stand twice: the engine's own is kept, and the clash is an error", async () => {
    const monitoring = await createTestMonitoring({
      config: { ...testConfig, collectErrors: 'serve' },
    })
    const meter = await monitoring.metrics.meter()
    meter.createUpDownCounter('compozy_http_requests_in_flight').add(100)
    const text = await scrape(monitoring)
    expect(linesOf(text, '# TYPE compozy_http_requests_in_flight')).toHaveLength(1)
    expect(text).toContain('compozy_http_requests_in_flight 0\n')
    expect(await scrape(monitoring)).toContain(
      'compozy_metrics_collect_errors_total{collector="meter"} 1\n',
    )
  })
})
