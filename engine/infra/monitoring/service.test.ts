import { gunzipSync } from 'node:zlib'
import type { WorkflowInfo } from '@temporalio/workflow'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterEach, describe, expect, it } from 'vitest'
import { families, coreFamilies, type Family } from './catalogue.ts'
import type { MonitoringService, ServiceOptions } from './index.ts'
import { createTestMonitoring, testConfig } from './testing/service.ts'

const apps: FastifyInstance[] = []
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()))
})

async function serve(
  options: Partial<ServiceOptions> = {},
): Promise<{ app: FastifyInstance; monitoring: MonitoringService }> {
  const monitoring = await createTestMonitoring(options)
  const app = Fastify(monitoring.http.requestCounting)
  apps.push(app)
  monitoring.http.countRoutes(app)
  monitoring.http.registerEndpoint(app)
  app.get('/ok', async () => 'ok')
  return { app, monitoring }
}

const scrape = (app: FastifyInstance, headers: Record<string, string> = {}) =>
  app.inject({ url: '/metrics', headers })

const run = { runId: 'a', workflowType: 'order' } as WorkflowInfo
/** The conditions of families that a run and a call of a tool meet. */
const happened: readonly Family['when'][] = [
  'a run has started',
  'the project has tools',
  'a tool was called',
]

/** Families of an exposition: name, kind, help, names of labels. */
function readFamilies(text: string): Map<string, { kind: string; help: string; labels: string[] }> {
  const found = new Map<string, { kind: string; help: string; labels: string[] }>()
  for (const [, name, kind] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    const help = new RegExp(`^# HELP ${name} (.*)$`, 'm').exec(text)?.[1] ?? ''
    const suffix = kind === 'histogram' ? '_(?:bucket|sum|count)' : ''
    const labels = new Set(
      [...text.matchAll(new RegExp(`^${name}${suffix}\\{(.*)\\} `, 'gm'))].flatMap(([, all]) =>
        [...all!.matchAll(/(\w+)="/g)].map(([, label]) => label!),
      ),
    )
    labels.delete('le')
    found.set(name!, { kind: kind!, help, labels: [...labels] })
  }
  return found
}

describe('the metrics endpoint', () => {
  it('Should export the errors of each collector at 0 before the first one', async () => {
    const { app } = await serve({ config: { ...testConfig, process: true } })
    const { body } = await scrape(app)
    const collectors = [
      ...body.matchAll(/^compozy_metrics_collect_errors_total\{collector="(.+)"\} 0$/gm),
    ].map(([, collector]) => collector)
    expect(collectors).toEqual(
      expect.arrayContaining([
        'exposition',
        'meter',
        families.workersRunning.name,
        families.workflowExecutions.name,
        families.pollAge.name,
        families.processOpenFds.name,
      ]),
    )
    expect(collectors).not.toContain(families.workflowStarted.name)
  })

  it('Should export the families of the catalogue, by name, kind, help and labels, and nothing else', async () => {
    const { app, monitoring } = await serve()
    await app.inject('/ok')
    await monitoring.temporal.sinks.compozyMetrics.started.fn(run)
    monitoring.tools.recordCall({ tool: 'price', outcome: 'ok', durationMs: 1 })
    const { body } = await scrape(app)
    const expected = Object.values(families)
      .filter(({ when }: Family) => when === undefined || happened.includes(when))
      .map(
        ({ name, kind, help, labels }: Family) =>
          [name, { kind, help, labels: Object.keys(labels) }] as const,
      )
    expect(Object.fromEntries(readFamilies(body))).toEqual(Object.fromEntries(expected))
  })

  it('Should leave out a family that is off, and none whose limit alone is set', async () => {
    const [off, limited] = [families.workflowFailed.name, families.workflowStarted.name]
    const { app } = await serve({
      config: {
        ...testConfig,
        families: {
          [off]: { enabled: false },
          [limited]: { enabled: true, cardinalityLimit: 7 },
        },
      },
    })
    const found = readFamilies((await scrape(app)).body)
    expect([found.has(off), found.has(limited)]).toEqual([false, true])
  })

  it('Should be exactly the eleven core metrics', () => {
    expect(
      Object.values(coreFamilies).map(
        ({ name, kind, labels }: Family) => `${name} ${kind} ${Object.keys(labels).join(',')}`,
      ),
    ).toEqual([
      'compozy_http_requests_total counter method,path,status_code',
      'compozy_http_request_duration_seconds histogram method,path',
      'compozy_http_requests_in_flight gauge ',
      'compozy_temporal_workflow_started_total counter workflow_type',
      'compozy_temporal_workflow_completed_total counter workflow_type',
      'compozy_temporal_workflow_failed_total counter workflow_type',
      'compozy_temporal_workflow_duration_seconds histogram workflow_type',
      'compozy_temporal_workers_running_total gauge ',
      'compozy_temporal_workers_configured_total gauge ',
      'compozy_build_info gauge version,commit_hash,go_version',
      'compozy_uptime_seconds_total counter ',
    ])
  })

  it('Should say in its content type what it serves', async () => {
    const { app } = await serve()
    const text = await scrape(app)
    expect([text.statusCode, text.headers['content-type']]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
    ])
    const openmetrics = await scrape(app, { accept: 'application/openmetrics-text; version=1.0.0' })
    expect(openmetrics.headers['content-type']).toBe(
      'application/openmetrics-text; version=1.0.0; charset=utf-8',
    )
    expect(openmetrics.body.endsWith('# EOF\n')).toBe(true)
    expect((await app.inject({ method: 'HEAD', url: '/metrics' })).statusCode).toBe(200)
  })

  it('Should pack where that is welcome, and only there', async () => {
    const { app } = await serve()
    const packed = await scrape(app, { 'accept-encoding': 'gzip' })
    expect(packed.headers['content-encoding']).toBe('gzip')
    expect(gunzipSync(packed.rawPayload).toString()).toContain(
      'compozy_build_info{version="1.2.3",commit_hash="abc",go_version="none"} 1\n',
    )
    expect((await scrape(app)).headers['content-encoding']).toBeUndefined()
  })

  it('Should export every workflow at 0 before anything ran', async () => {
    const { body } = await scrape((await serve()).app)
    for (const type of ['order', 'refund']) {
      for (const name of ['started_total', 'completed_total', 'failed_total']) {
        expect(body).toContain(`compozy_temporal_workflow_${name}{workflow_type="${type}"} 0\n`)
      }
    }
  })

  it('Should answer 500 without a single series when something can not be read, never a 200 that hides it', async () => {
    const { app, monitoring } = await serve()
    monitoring.temporal.setWorkers({
      configured: () => 1,
      running: () => {
        throw new Error('the pool is gone')
      },
    })
    const { statusCode, body } = await scrape(app)
    expect([statusCode, body]).toEqual([500, 'collecting the metrics failed; see the log\n'])
  })

  it('Should share one collection between scrapes at the same time', async () => {
    let reads = 0
    const { app } = await serve({ uptimeSeconds: () => reads++ })
    const replies = await Promise.all(Array.from({ length: 100 }, () => scrape(app)))
    expect(replies.every(({ statusCode }) => statusCode === 200)).toBe(true)
    expect(reads).toBeLessThan(10)
  })

  it('Should answer 503 where OpenTelemetry can not be initialized, and let everything else work', async () => {
    const { app } = await serve({
      openReader: () => {
        throw new Error('no exporter')
      },
    })
    expect((await scrape(app)).statusCode).toBe(503)
    expect((await app.inject('/ok')).body).toBe('ok')
  })

  it('Should not be there at all where monitoring is disabled', async () => {
    const { app, monitoring } = await serve({ config: { ...testConfig, enabled: false } })
    expect(monitoring.path).toBeNull()
    expect((await scrape(app)).statusCode).toBe(404)
    expect((await app.inject('/ok')).body).toBe('ok')
  })
})
