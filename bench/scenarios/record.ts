import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { families } from '../../engine/infra/monitoring/catalogue.ts'
import { httpFamilies } from '../../engine/infra/monitoring/families/http.ts'
import { createRegistry } from '../../engine/infra/monitoring/instruments/registry.ts'
import type { Scenario } from '../scenario.ts'
import { estimate } from '../statistics.ts'

const perBlock = 20_000

/** One finished request into our slots, both clock reads included. */
function ours(): (count: number) => void {
  const http = httpFamilies(createRegistry())
  const slots = http.route('GET', '/api/v0/workflows/:workflow_id')
  return (count) => {
    for (let i = 0; i < count; i++) {
      const startedAt = performance.now()
      http.inFlight.add(1)
      http.inFlight.add(-1)
      slots.duration().observe((performance.now() - startedAt) / 1_000)
      slots.ofStatus(200).add(1)
    }
  }
}

/** The same into OpenTelemetry's own instruments, with attributes that are made once. */
function openTelemetry(): (count: number) => void {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 2_000_000_000 })
  const meter = new MeterProvider({ readers: [reader], resource: resourceFromAttributes({}) }).getMeter(
    'bench',
  )
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

/** Nanoseconds for one recording. */
function time(work: (count: number) => void): number {
  const startedAt = performance.now()
  work(perBlock)
  return ((performance.now() - startedAt) * 1e6) / perBlock
}

/** What recording one finished HTTP request costs: three families, both clock reads. */
export const record: Scenario = {
  name: 'record',
  doc: 'nanoseconds to record one finished HTTP request, ours beside OpenTelemetry JS',
  async run({ quick, random, progress }) {
    const arms = { ours: ours(), control: ours(), otel: openTelemetry() }
    const names = Object.keys(arms) as (keyof typeof arms)[]
    for (const name of names) for (let i = 0; i < 5; i++) time(arms[name])
    const rounds = quick ? 60 : 400
    const raw: Record<keyof typeof arms, number[]> = { ours: [], control: [], otel: [] }
    for (let round = 0; round < rounds; round++) {
      // There and back, so that a drift of the machine falls on every arm alike.
      for (const name of round % 2 === 0 ? names : names.toReversed()) raw[name].push(time(arms[name]))
      progress(round / rounds)
      if (round % 10 === 0) await new Promise(setImmediate)
    }
    const ratio = (a: keyof typeof arms, b: keyof typeof arms) => raw[a].map((value, i) => value / raw[b][i]!)
    return {
      figures: {
        http_request_ns: estimate(raw.ours, 'ns', random),
        http_request_otel_ns: estimate(raw.otel, 'ns', random),
        http_request_vs_otel: estimate(ratio('ours', 'otel'), 'ratio', random),
      },
      control: estimate(ratio('control', 'ours'), 'ratio', random),
      raw,
    }
  },
}
