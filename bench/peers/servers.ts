import Fastify, { type FastifyInstance } from 'fastify'
import fastifyMetrics from 'fastify-metrics'
import {
  MeterProvider,
  PeriodicExportingMetricReader,
  InMemoryMetricExporter,
  AggregationTemporality,
} from '@opentelemetry/sdk-metrics'
import { Counter, Gauge, Histogram, Registry as PromRegistry } from 'prom-client'
import { silentLogger } from '../../engine/core/logger.ts'
import { families } from '../../engine/infra/monitoring/catalogue.ts'
import { monitoringDefaults } from '../../engine/infra/monitoring/config.ts'
import { createMonitoringService } from '../../engine/infra/monitoring/index.ts'
import { startGenerator, type Generator } from '../load/generator-process.ts'
import { shuffled } from '../rounds.ts'

/** The ways in which the same server is watched. `control` is `off` once more. */
export const httpArms = ['off', 'control', 'on', 'prom_client', 'fastify_metrics', 'otel'] as const

/** One of {@link httpArms}. */
export type HttpArm = (typeof httpArms)[number]

const { httpRequests, httpDuration, httpInFlight } = families
const buckets = [...httpDuration.buckets]

/** prom-client's instruments in the hooks that its users write. */
function addPromClient(app: FastifyInstance): void {
  const registers = [new PromRegistry()]
  const requests = new Counter({
    name: httpRequests.name,
    help: httpRequests.help,
    labelNames: ['method', 'path', 'status_code'],
    registers,
  })
  const duration = new Histogram({
    name: httpDuration.name,
    help: httpDuration.help,
    labelNames: ['method', 'path'],
    buckets,
    registers,
  })
  const inFlight = new Gauge({ name: httpInFlight.name, help: httpInFlight.help, registers })
  app.addHook('onRequest', async () => inFlight.inc())
  app.addHook('onResponse', async (request, reply) => {
    const path = request.routeOptions.url ?? 'unmatched'
    inFlight.dec()
    duration.observe({ method: request.method, path }, reply.elapsedTime / 1_000)
    requests.inc({ method: request.method, path, status_code: reply.statusCode })
  })
}

/** OpenTelemetry's instruments in the same hooks. */
function addOpenTelemetry(app: FastifyInstance): void {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: 2_000_000_000,
  })
  const meter = new MeterProvider({ readers: [reader] }).getMeter('bench')
  const requests = meter.createCounter(httpRequests.name)
  const duration = meter.createHistogram(httpDuration.name, {
    advice: { explicitBucketBoundaries: buckets },
  })
  const inFlight = meter.createUpDownCounter(httpInFlight.name)
  app.addHook('onRequest', async () => inFlight.add(1))
  app.addHook('onResponse', async (request, reply) => {
    const path = request.routeOptions.url ?? 'unmatched'
    inFlight.add(-1)
    duration.record(reply.elapsedTime / 1_000, { method: request.method, path })
    requests.add(1, { method: request.method, path, status_code: reply.statusCode })
  })
}

/** A server that listens, and the way to close it. */
export interface Served {
  readonly app: FastifyInstance
  readonly port: number
}

/** Serves one route, which answers at once, on a free port. */
export async function serveTrivially(app: FastifyInstance): Promise<Served> {
  app.get('/api/v0/workflows/:workflow_id', async () => ({
    id: 'order',
    version: '1',
    description: null,
  }))
  await app.listen({ port: 0, host: '127.0.0.1' })
  const address = app.server.address()
  return { app, port: typeof address === 'object' && address !== null ? address.port : 0 }
}

/** A server with one route that answers at once, watched in one of the ways. */
export async function startServer(arm: HttpArm): Promise<Served> {
  const monitoring = await createMonitoringService({
    config: { ...monitoringDefaults, enabled: arm === 'on' },
    build: { version: '0', commit: 'bench' },
    workflows: [],
    tools: [],
    logger: silentLogger,
  })
  const app = Fastify({ ...monitoring.http.requestCounting })
  monitoring.http.countRoutes(app)
  if (arm === 'prom_client') addPromClient(app)
  if (arm === 'otel') addOpenTelemetry(app)
  if (arm === 'fastify_metrics') {
    await app.register(fastifyMetrics.default, {
      endpoint: '/metrics',
      defaultMetrics: { enabled: false },
      promClient: null,
      clearRegisterOnInit: true,
    })
  }
  monitoring.http.registerEndpoint(app)
  return serveTrivially(app)
}

/** How the servers of arms are started. */
export interface ServersOptions<A extends string> {
  readonly arms: readonly A[]
  readonly start: (arm: A) => Promise<Served>
  readonly random: () => number
}

/**
 * A server for each arm, made in an order that is drawn, and a generator for them, while `use`
 * runs. Two equal servers of one process differ by a percent, for as long as they live, by where
 * their memory lies: a scenario makes them anew many times.
 */
export async function withServers<A extends string, T>(
  { arms, start, random }: ServersOptions<A>,
  use: (portOf: (arm: A) => number, generator: Generator) => Promise<T>,
): Promise<T> {
  const servers = new Map<A, Served>()
  const generator = startGenerator()
  try {
    for (const arm of shuffled(arms, random)) servers.set(arm, await start(arm))
    return await use((arm) => servers.get(arm)!.port, generator)
  } finally {
    generator.stop()
    for (const { app } of servers.values()) await app.close()
  }
}
