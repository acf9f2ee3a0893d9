import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { Counter, Gauge, Histogram, Registry as PromRegistry } from 'prom-client'
import { families } from '../../engine/infra/monitoring/catalogue.ts'
import { httpFamilies } from '../../engine/infra/monitoring/families/http.ts'
import { nativeDefaults } from '../../engine/infra/monitoring/instruments/native-histogram.ts'
import {
  createRegistry,
  type RegistryOptions,
} from '../../engine/infra/monitoring/instruments/registry.ts'
import type { Scenario } from '../scenario.ts'
import { alternate, ratios } from '../rounds.ts'
import { estimate, exactly } from '../statistics.ts'

const perBlock = 20_000

/** Latencies from 1 ms to 1 s, which change bucket each time: 81 native buckets of 9 %. */
const latencies = Float64Array.from(
  { length: 1_009 },
  (_, i) => 10 ** (((i * 617) % 1_009) / 336 - 3),
)

/** Both kinds of histograms, as `monitoring.histograms: native` and `both` record them. */
const native = { native: nativeDefaults }

/** One finished request into our slots, both clock reads included. */
function ours(options: RegistryOptions = {}): (count: number) => void {
  const http = httpFamilies(createRegistry(options))
  const slots = http.route('GET', '/api/v0/workflows/:workflow_id')
  return (count) => {
    for (let i = 0; i < count; i++) {
      const [seconds, nanoseconds] = process.hrtime()
      http.inFlight.add(1)
      http.inFlight.add(-1)
      const [endSeconds, endNanoseconds] = process.hrtime()
      slots.duration().observe(endSeconds - seconds + (endNanoseconds - nanoseconds) / 1e9)
      slots.ofStatus(200).add(1)
    }
  }
}

/**
 * Our slots alone: what is left when the clock, which allocates a number for each reading, is taken
 * away.
 */
function oursWithoutClock(options: RegistryOptions = {}): (count: number) => void {
  const http = httpFamilies(createRegistry(options))
  const slots = http.route('GET', '/api/v0/workflows/:workflow_id')
  // Every bucket exists before the first reading.
  for (const value of latencies) slots.duration().observe(value)
  return (count) => {
    for (let i = 0; i < count; i++) {
      http.inFlight.add(1)
      http.inFlight.add(-1)
      slots.duration().observe(latencies[i % latencies.length]!)
      slots.ofStatus(200).add(1)
    }
  }
}

/** One observation of a latency, with nothing around it. */
function observation(options: RegistryOptions = {}): (count: number) => void {
  const duration = createRegistry(options).instrument(families.httpDuration)
  const slot = duration({ method: 'GET', path: '/' })
  return (count) => {
    for (let i = 0; i < count; i++) slot.observe(latencies[i % latencies.length]!)
  }
}

/** The same into OpenTelemetry's own instruments, with attributes that are made once. */
function openTelemetry(): (count: number) => void {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: 2_000_000_000,
  })
  const meter = new MeterProvider({
    readers: [reader],
    resource: resourceFromAttributes({}),
  }).getMeter('bench')
  const requests = meter.createCounter(families.httpRequests.name)
  const advice = { explicitBucketBoundaries: [...families.httpDuration.buckets] }
  const duration = meter.createHistogram(families.httpDuration.name, { advice })
  const inFlight = meter.createUpDownCounter(families.httpInFlight.name)
  const route = { method: 'GET', path: '/api/v0/workflows/:workflow_id' }
  const counted = { ...route, status_code: '200' }
  return (count) => {
    for (let i = 0; i < count; i++) {
      const startedAt = performance.now()
      inFlight.add(1)
      inFlight.add(-1)
      duration.record((performance.now() - startedAt) / 1_000, route)
      requests.add(1, counted)
    }
  }
}

/** The same into prom-client, with the label objects that its users pass. */
function promClient(): (count: number) => void {
  const registers = [new PromRegistry()]
  const { httpRequests, httpDuration, httpInFlight } = families
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
    buckets: [...httpDuration.buckets],
    registers,
  })
  const inFlight = new Gauge({ name: httpInFlight.name, help: httpInFlight.help, registers })
  const path = '/api/v0/workflows/:workflow_id'
  return (count) => {
    for (let i = 0; i < count; i++) {
      const startedAt = performance.now()
      inFlight.inc()
      inFlight.dec()
      duration.observe({ method: 'GET', path }, (performance.now() - startedAt) / 1_000)
      requests.inc({ method: 'GET', path, status_code: '200' })
    }
  }
}

/** Nanoseconds for one recording. */
function time(work: (count: number) => void): number {
  const startedAt = performance.now()
  work(perBlock)
  return ((performance.now() - startedAt) * 1e6) / perBlock
}

/** Recordings between two readings of the heap: few enough for the collector to stay away. */
const perHeapReading = 2_000

/**
 * Bytes that one recording allocates; the least of many readings, for whatever else runs only adds.
 */
function allocated(work: (count: number) => void): number {
  const readings = Array.from({ length: 50 }, () => {
    const before = process.memoryUsage().heapUsed
    work(perHeapReading)
    return (process.memoryUsage().heapUsed - before) / perHeapReading
  })
  return Math.min(...readings.filter((bytes) => bytes >= 0))
}

/** What recording one finished HTTP request costs: three families, both clock reads. */
export const record: Scenario = {
  name: 'record',
  doc: 'nanoseconds and bytes to record one finished HTTP request, compared with prom-client and OpenTelemetry JS',
  async run({ quick, random, progress }) {
    const works = {
      ours: ours(),
      control: ours(),
      ours_native: ours(native),
      observe: observation(),
      observe_native: observation(native),
      prom_client: promClient(),
      otel: openTelemetry(),
    }
    const arms = Object.keys(works) as (keyof typeof works)[]
    for (const arm of arms) for (let i = 0; i < 5; i++) time(works[arm])
    const raw = await alternate({
      arms,
      rounds: quick ? 60 : 400,
      measure: (arm) => time(works[arm]),
      random,
      progress,
    })
    return {
      figures: {
        http_request_ns: estimate(raw.ours, 'ns', random),
        http_request_promclient_ns: estimate(raw.prom_client, 'ns', random),
        http_request_otel_ns: estimate(raw.otel, 'ns', random),
        http_request_vs_promclient: estimate(ratios(raw, 'ours', 'prom_client'), 'ratio', random),
        http_request_vs_otel: estimate(ratios(raw, 'ours', 'otel'), 'ratio', random),
        http_request_native_ns: estimate(raw.ours_native, 'ns', random),
        http_request_native_vs_classic: estimate(
          ratios(raw, 'ours_native', 'ours'),
          'ratio',
          random,
        ),
        http_request_native_vs_promclient: estimate(
          ratios(raw, 'ours_native', 'prom_client'),
          'ratio',
          random,
        ),
        observe_ns: estimate(raw.observe, 'ns', random),
        observe_native_ns: estimate(raw.observe_native, 'ns', random),
        http_request_native_bytes: exactly(allocated(works.ours_native), 'bytes'),
        http_request_native_bytes_without_clock: exactly(
          allocated(oursWithoutClock(native)),
          'bytes',
        ),
        http_request_bytes: exactly(allocated(works.ours), 'bytes'),
        http_request_bytes_without_clock: exactly(allocated(oursWithoutClock()), 'bytes'),
        http_request_promclient_bytes: exactly(allocated(works.prom_client), 'bytes'),
        http_request_otel_bytes: exactly(allocated(works.otel), 'bytes'),
      },
      control: estimate(ratios(raw, 'control', 'ours'), 'ratio', random),
      raw,
    }
  },
}
