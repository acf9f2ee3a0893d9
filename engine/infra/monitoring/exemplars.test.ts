import { AsyncLocalStorage } from 'node:async_hooks'
import { EventEmitter } from 'node:events'
import {
  context,
  ROOT_CONTEXT,
  trace,
  TraceFlags,
  type Context,
  type ContextManager,
} from '@opentelemetry/api'
import type { WorkflowInfo } from '@temporalio/workflow'
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import { afterEach, describe, expect, it } from 'vitest'
import { lintExposition } from './lint/lint.ts'
import { parseExposition } from './lint/parse.ts'
import type { MonitoringConfig } from './config.ts'
import { contentTypes } from './exposition/format.ts'
import type { MonitoringService } from './index.ts'
import { decodeFamilies, type DecodedHistogram } from './testing/protobuf.ts'
import { createTestMonitoring, testConfig } from './testing/service.ts'

/** OpenTelemetry's own manager, in short. */
class LocalContext implements ContextManager {
  readonly #storage = new AsyncLocalStorage<Context>()
  active = () => this.#storage.getStore() ?? ROOT_CONTEXT
  with: ContextManager['with'] = (active, fn, thisArg, ...args) =>
    this.#storage.run(active, () => fn.apply(thisArg, args))
  bind: ContextManager['bind'] = (_, target) => target
  enable = () => this
  disable = () => this
}

const span = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' }

function inSpan<T>(traceFlags: TraceFlags, work: () => T): T {
  const active = trace.setSpan(
    ROOT_CONTEXT,
    trace.wrapSpanContext({ ...span, traceFlags, isRemote: false }),
  )
  return context.with(active, work)
}

/** A run that failed after a failed task and a failed tool call. */
function failRun(monitoring: MonitoringService, execId: string): void {
  const { sinks, observeEvictions } = monitoring.temporal
  const evictionsEmitter = new EventEmitter()
  observeEvictions({ evictionsEmitter })
  const info = { runId: 'r1', workflowId: execId, workflowType: 'order' } as WorkflowInfo
  const { observed } = sinks.compozyObservations
  monitoring.tools.recordCall({ tool: 'price', outcome: 'crashed', durationMs: 20, execId })
  void observed.fn(info, 0, [
    { type: 'task_ended', taskType: 'basic', outcome: 'failed', durationMs: 700 },
  ])
  void sinks.compozyMetrics.closing.fn(info, 'failed', 1_000, 4_000)
  evictionsEmitter.emit('eviction', { runId: 'r1', evictJob: { reason: 10 } })
}

async function scrape(monitoring: MonitoringService, accept: string) {
  const app = Fastify()
  monitoring.http.registerEndpoint(app)
  const response = await app.inject({ url: '/metrics', headers: { accept } })
  await app.close()
  return response
}

const withExemplars: MonitoringConfig = { ...testConfig, exemplars: true, histograms: 'both' }

/** The exemplars in OpenMetrics, as `sample labels`. */
async function exemplarsOf(monitoring: MonitoringService): Promise<string[]> {
  const { body } = await scrape(monitoring, contentTypes.openmetrics)
  return body.split('\n').flatMap((line) => {
    const [, sample, labels] = /^(\w+)\S* \S+ # (\{.*\}) \S+ \d+\.\d{3}$/.exec(line) ?? []
    return sample === undefined ? [] : [`${sample} ${labels}`]
  })
}

describe('exemplars of a service', () => {
  afterEach(() => context.disable())

  it('Should lead from durations and failures to the run, in OpenMetrics', async () => {
    const monitoring = await createTestMonitoring({ config: withExemplars })
    failRun(monitoring, 'order-7')
    const run = '{exec_id="order-7"}'
    expect(await exemplarsOf(monitoring)).toEqual([
      `compozy_temporal_workflow_failed_total ${run}`,
      `compozy_temporal_workflow_duration_seconds_bucket ${run}`,
      `compozy_temporal_workflow_closed_total ${run}`,
      `compozy_task_executions_total ${run}`,
      `compozy_task_duration_seconds_bucket ${run}`,
      `compozy_tool_calls_total ${run}`,
      `compozy_tool_call_duration_seconds_bucket ${run}`,
    ])
    expect((await scrape(monitoring, 'text/plain')).body).not.toContain('order-7')
  })

  it.each([
    ['completed', []],
    ['skipped', []],
    ['canceled', []],
    ['failed', ['{exec_id="order-8"}']],
    ['timed_out', ['{exec_id="order-8"}']],
  ] as const)('Should lead from the count of %s tasks to %j', async (outcome, runs) => {
    const monitoring = await createTestMonitoring({ config: withExemplars })
    const { observed, continued } = monitoring.temporal.sinks.compozyObservations
    const info = { runId: 'r2', workflowId: 'order-8', workflowType: 'order' } as WorkflowInfo
    await observed.fn(info, 0, [{ type: 'task_ended', taskType: 'basic', outcome, durationMs: 1 }])
    await continued.fn(info)
    const found = await exemplarsOf(monitoring)
    const counts = found.filter((line) => line.startsWith('compozy_task_executions_total '))
    expect(counts).toEqual(runs.map((run) => `compozy_task_executions_total ${run}`))
  })

  it('Should have them in protobuf, on classic buckets, counters and native histograms', async () => {
    const monitoring = await createTestMonitoring({ config: withExemplars })
    failRun(monitoring, 'order-7')
    const families = decodeFamilies((await scrape(monitoring, contentTypes.protobuf)).rawPayload)
    const of = (name: string) => families.find((family) => family.name === name)!.metric
    const label = [{ name: 'exec_id', value: 'order-7' }]
    const [counter] = of('compozy_temporal_workflow_failed_total')
    expect(counter!.counter).toMatchObject({ value: 1, exemplar: { label, value: 1 } })
    const duration = of('compozy_temporal_workflow_duration_seconds').find(
      ({ label: labels }) => labels[0]!.value === 'order',
    )
    const { bucket, exemplars } = duration!.histogram as DecodedHistogram
    expect(bucket.filter(({ exemplar }) => exemplar !== undefined)).toMatchObject([
      { upperBound: 5, exemplar: { label, value: 3 } },
    ])
    expect(exemplars).toMatchObject([{ label, value: 3, timestamp: expect.anything() }])
    // An exec_id is never a label of a series.
    const names = families.flatMap(({ metric }) => metric.flatMap((each) => each.label))
    expect(names.map(({ name }) => name)).not.toContain('exec_id')
  })

  it('Should be valid for the check of an exposition, with created samples too', async () => {
    const config = { ...withExemplars, createdSamples: true }
    const monitoring = await createTestMonitoring({ config })
    failRun(monitoring, 'order-7')
    const { body } = await scrape(monitoring, contentTypes.openmetrics)
    expect(body).toMatch(/^compozy_temporal_workflow_failed_created\{.*\} \d+\.\d{3}$/m)
    const parsed = parseExposition(body)
    if (!('families' in parsed)) throw new Error(parsed.message)
    // No request was served, so the families of requests have no series.
    const found = lintExposition(parsed).filter(({ rule }) => rule !== 'missing')
    expect(found).toEqual([])
    // The same exemplar is refused in text.
    const text = parseExposition(body.replace(/# EOF\n$/, ''), { format: 'text' })
    expect(text).toHaveProperty('message')
  })

  it('Should be off by default', async () => {
    const monitoring = await createTestMonitoring()
    failRun(monitoring, 'order-7')
    expect(await exemplarsOf(monitoring)).toEqual([])
    const { rawPayload } = await scrape(monitoring, contentTypes.protobuf)
    expect(rawPayload.includes('order-7')).toBe(false)
  })

  it.each([
    ['sampled', TraceFlags.SAMPLED, true],
    ['not sampled', TraceFlags.NONE, false],
  ])('Should carry the trace of a request whose span is %s', async (_, flags, traced) => {
    context.setGlobalContextManager(new LocalContext())
    const monitoring = await createTestMonitoring({ config: withExemplars })
    const app = Fastify({ ...monitoring.http.requestCounting })
    monitoring.http.countRoutes(app)
    app.get('/fails', async () => {
      throw new Error('no')
    })
    // As OpenTelemetry's own instrumentation of http does.
    const emit = app.server.emit.bind(app.server)
    app.server.emit = (event: string, ...args: unknown[]) =>
      inSpan(flags, () => emit(event, ...args))
    const { status } = await fetch(`${await app.listen({ port: 0 })}/fails`)
    expect(status).toBe(500)
    await app.close()
    const labels = `{trace_id="${span.traceId}",span_id="${span.spanId}"}`
    expect(await exemplarsOf(monitoring)).toEqual(
      traced
        ? [
            `compozy_http_requests_total ${labels}`,
            `compozy_http_request_duration_seconds_bucket ${labels}`,
          ]
        : [],
    )
  })

  /** The two ways in which a server is counted. */
  const countings: readonly [string, (monitoring: MonitoringService) => FastifyInstance][] = [
    [
      'its own log controller',
      (monitoring) => {
        const app = Fastify({ ...monitoring.http.requestCounting })
        monitoring.http.countRoutes(app)
        return app
      },
    ],
    [
      'the log controller of its owner',
      (monitoring) => {
        const app = Fastify()
        monitoring.http.countServer(app)
        return app
      },
    ],
  ]

  describe.each(countings)('of a server with %s', (_, create) => {
    async function started(execId: string, config = withExemplars): Promise<MonitoringService> {
      const monitoring = await createTestMonitoring({ config })
      const app = create(monitoring)
      app.post('/starts', async (request) => monitoring.http.linkRun(request, execId))
      app.post('/fails', async (request) => {
        monitoring.http.linkRun(request, execId)
        throw new Error('no')
      })
      app.get('/reads', async () => 'ok')
      const url = await app.listen({ port: 0 })
      await fetch(`${url}/starts`, { method: 'POST' })
      await fetch(`${url}/fails`, { method: 'POST' })
      await fetch(`${url}/reads`)
      await app.close()
      return monitoring
    }
    const httpOf = (exemplars: readonly string[]): string[] =>
      exemplars.filter((each) => each.startsWith('compozy_http'))

    it('Should lead from requests to the run that they started, and from their failures', async () => {
      const run = '{exec_id="order-7"}'
      const monitoring = await started('order-7')
      expect(httpOf(await exemplarsOf(monitoring)).toSorted()).toEqual([
        `compozy_http_request_duration_seconds_bucket ${run}`,
        `compozy_http_request_duration_seconds_bucket ${run}`,
        `compozy_http_requests_total ${run}`,
      ])
      const text = (await scrape(monitoring, 'text/plain')).body
      expect(text).toContain('path="/starts"')
      expect(text).not.toContain('order-7')
      const { rawPayload } = await scrape(monitoring, contentTypes.protobuf)
      expect(rawPayload.toString('latin1').split('order-7')).toHaveLength(1 + 2 + 2 + 1)
    })

    it('Should time no request that holds its connection on purpose, though it started a run', async () => {
      const monitoring = await createTestMonitoring({ config: withExemplars })
      const app = create(monitoring)
      const fails = async (request: FastifyRequest): Promise<never> => {
        monitoring.http.linkRun(request, 'order-7')
        throw new Error('no')
      }
      const isHeld = ({ url }: FastifyRequest): boolean => url.endsWith('?held')
      app.post('/always', { config: { longLived: true } as object }, fails)
      app.post('/some', { config: { longLived: isHeld } as object }, fails)
      const url = await app.listen({ port: 0 })
      for (const path of ['/always', '/some?held']) await fetch(`${url}${path}`, { method: 'POST' })
      const timed = async () =>
        (await scrape(monitoring, 'text/plain')).body.match(
          /^compozy_http_request_duration.*_count.*/gm,
        )
      expect(await timed()).toBeNull()
      await fetch(`${url}/some`, { method: 'POST' })
      await app.close()
      expect(await timed()).toEqual([expect.stringMatching(/path="\/some"\} 1$/)])
      expect(httpOf(await exemplarsOf(monitoring)).toSorted()).toEqual([
        'compozy_http_request_duration_seconds_bucket {exec_id="order-7"}',
        'compozy_http_requests_total {exec_id="order-7"}',
        'compozy_http_requests_total {exec_id="order-7"}',
      ])
    })

    it('Should leave out a run whose labels exceed 128 characters, and no shorter one', async () => {
      const [fits, exceeds] = ['x'.repeat(128 - 'exec_id'.length), 'ü'.repeat(122)]
      expect(httpOf(await exemplarsOf(await started(fits)))).toHaveLength(3)
      expect(httpOf(await exemplarsOf(await started(exceeds)))).toEqual([])
    })

    it('Should link nothing by default', async () => {
      expect(await exemplarsOf(await started('order-7', testConfig))).toEqual([])
    })

    it('Should carry the run and the trace of one request', async () => {
      context.setGlobalContextManager(new LocalContext())
      const monitoring = await createTestMonitoring({ config: withExemplars })
      const app = create(monitoring)
      app.post('/starts', async (request) => monitoring.http.linkRun(request, 'order-7'))
      app.get('/reads', async () => 'ok')
      const emit = app.server.emit.bind(app.server)
      app.server.emit = (event: string, ...args: unknown[]) =>
        inSpan(TraceFlags.SAMPLED, () => emit(event, ...args))
      const url = await app.listen({ port: 0 })
      await fetch(`${url}/starts`, { method: 'POST' })
      await fetch(`${url}/reads`)
      await app.close()
      const trace = `trace_id="${span.traceId}",span_id="${span.spanId}"`
      expect(httpOf(await exemplarsOf(monitoring))).toEqual([
        `compozy_http_request_duration_seconds_bucket {exec_id="order-7",${trace}}`,
        `compozy_http_request_duration_seconds_bucket {${trace}}`,
      ])
    })
  })

  it('Should name the run and the trace of a tool call', async () => {
    context.setGlobalContextManager(new LocalContext())
    const monitoring = await createTestMonitoring({ config: withExemplars })
    inSpan(TraceFlags.SAMPLED, () =>
      monitoring.tools.recordCall({ tool: 'price', outcome: 'ok', durationMs: 1, execId: 'run-1' }),
    )
    expect(await exemplarsOf(monitoring)).toEqual([
      `compozy_tool_call_duration_seconds_bucket {exec_id="run-1",trace_id="${span.traceId}",span_id="${span.spanId}"}`,
    ])
  })
})
