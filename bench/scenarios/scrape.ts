import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { Histogram, Registry as PromRegistry } from 'prom-client'
import { families } from '../../engine/infra/monitoring/catalogue.ts'
import { createExposition } from '../../engine/infra/monitoring/exposition/exposition.ts'
import { contentTypes } from '../../engine/infra/monitoring/exposition/format.ts'
import type { HistogramMode } from '../../engine/infra/monitoring/exposition/protobuf.ts'
import { nativeDefaults } from '../../engine/infra/monitoring/instruments/native-histogram.ts'
import { createProducer } from '../../engine/infra/monitoring/instruments/producer.ts'
import {
  createRegistry,
  type RegistryOptions,
} from '../../engine/infra/monitoring/instruments/registry.ts'
import { alternate, ratios } from '../rounds.ts'
import type { Scenario } from '../scenario.ts'
import { estimate, exactly, type Figure } from '../statistics.ts'
import { measureFleets } from '../fleet/scrapes.ts'
import { watch } from '../fleet/watch.ts'

/** Samples of one histogram series: its buckets, +Inf, sum and count. */
const buckets = [...families.httpDuration.buckets, 20, 30]
const linesPerSeries = buckets.length + 3

/** A scrape, and how long it held the event loop at a time. */
type Scrape = () => Promise<{ readonly bytes: number }>

/** Each series has 20 observations over two powers of ten. */
function observeAll(lines: number, observe: (path: string, value: number) => void): void {
  for (let i = 0; i < Math.round(lines / linesPerSeries); i++)
    for (let j = 0; j < 20; j++) observe(`/route/${i}`, ((i % 100) / 10 + 0.01) * 1.25 ** j)
}

function ourRegistry(lines: number, options: RegistryOptions = {}) {
  const registry = createRegistry({
    ...options,
    seriesLimit: 1_000_000,
    buckets: { [families.httpDuration.name]: buckets },
  })
  const duration = registry.instrument(families.httpDuration)
  observeAll(lines, (path, value) => duration({ method: 'GET', path }).observe(value))
  const exporter = new PrometheusExporter({
    preventServerStart: true,
    metricProducers: [createProducer(registry)],
  })
  // The reader needs a provider; this one has no instruments.
  void new MeterProvider({ readers: [exporter] })
  return exporter
}

function exposed(
  exporter: PrometheusExporter,
  { histograms, accept }: { histograms: HistogramMode; accept?: string },
): Scrape {
  const nothing = (): void => undefined
  const exposition = createExposition({
    collect: () => exporter.collect(),
    collectErrors: 'fail',
    histograms,
    createdSamples: false,
    onCollectError: nothing,
    onScrape: nothing,
    onSeries: nothing,
  })
  return async () => ({
    bytes: (await exposition.scrape({ accept, acceptEncoding: undefined })).body.length,
  })
}

const ours = (lines: number): Scrape => exposed(ourRegistry(lines), { histograms: 'classic' })

const protobuf = (lines: number): Scrape =>
  exposed(ourRegistry(lines), { histograms: 'classic', accept: contentTypes.protobuf })

/** The same series with native histograms alone. */
const native = (lines: number): Scrape =>
  exposed(ourRegistry(lines, { native: nativeDefaults }), {
    histograms: 'native',
    accept: contentTypes.protobuf,
  })

/** The same slots through OpenTelemetry's own serializer. */
function openTelemetry(lines: number): Scrape {
  const exporter = ourRegistry(lines)
  const serializer = new PrometheusSerializer('', false, undefined, true, true)
  return async () => {
    const { resourceMetrics } = await exporter.collect()
    return { bytes: Buffer.from(serializer.serialize(resourceMetrics)).length }
  }
}

function promClient(lines: number): Scrape {
  const registry = new PromRegistry()
  const { name, help } = families.httpDuration
  const duration = new Histogram({
    name,
    help,
    labelNames: ['method', 'path'],
    buckets,
    registers: [registry],
  })
  observeAll(lines, (path, value) => duration.observe({ method: 'GET', path }, value))
  return async () => ({ bytes: Buffer.from(await registry.metrics()).length })
}

/** Does nothing for as long as a scrape takes: its stalls are those of the machine. */
async function rest(ms: number): Promise<{ readonly bytes: number }> {
  const endsAt = performance.now() + ms
  while (performance.now() < endsAt) await new Promise(setImmediate)
  return { bytes: 0 }
}

const sizes = [100, 1_000, 10_000, 100_000] as const
const makers = {
  ours,
  control: ours,
  protobuf,
  native,
  otel: openTelemetry,
  prom_client: promClient,
}

/** What a scrape costs by its size. */
export const scrape: Scenario = {
  name: 'scrape',
  doc: 'milliseconds, event-loop stall and bytes of a scrape with 100 to 100,000 lines, compared with its peers',
  async run({ quick, random, progress }) {
    const figures: Record<string, Figure> = {}
    const raw: Record<string, number[]> = {}
    let control: Figure | undefined
    const names = Object.keys(makers) as (keyof typeof makers)[]
    // The largest takes longer than the others together, and no bound of the guard reads it.
    const measured = quick ? sizes.slice(0, -1) : sizes
    for (const [index, lines] of measured.entries()) {
      const scrapes = new Map(names.map((name) => [name, makers[name](lines)]))
      const stalls: Record<string, number[]> = {}
      const bytes: Record<string, number> = {}
      for (const [, each] of scrapes) for (let i = 0; i < 3; i++) await watch(each)
      const rounds = Math.max(8, Math.round((quick ? 60 : 200) / Math.max(1, lines / 2_000)))
      const found = await alternate({
        arms: names,
        rounds,
        measure: async (name) => {
          const seen = await watch(scrapes.get(name)!)
          ;(stalls[name] ??= []).push(seen.stall)
          bytes[name] = seen.bytes
          return seen.ms
        },
        random,
        progress: (share) => progress((index + share) / measured.length),
      })
      for (const name of names) {
        raw[`${name}_ms_${lines}`] = found[name]
        raw[`${name}_stall_ms_${lines}`] = stalls[name]!
      }
      const { value: usualMs } = estimate(found.ours, 'ms', random)
      raw[`noise_stall_ms_${lines}`] = []
      for (let i = 0; i < rounds; i++)
        raw[`noise_stall_ms_${lines}`]!.push((await watch(() => rest(usualMs))).stall)
      const noise = raw[`noise_stall_ms_${lines}`]!
      figures[`noise_stall_ms_${lines}`] = estimate(noise, 'ms', random)
      figures[`ms_${lines}`] = estimate(found.ours, 'ms', random)
      figures[`stall_ms_${lines}`] = estimate(stalls['ours']!, 'ms', random)
      figures[`otel_ms_${lines}`] = estimate(found.otel, 'ms', random)
      figures[`prom_client_ms_${lines}`] = estimate(found.prom_client, 'ms', random)
      figures[`vs_otel_${lines}`] = estimate(ratios(found, 'ours', 'otel'), 'ratio', random)
      figures[`vs_prom_client_${lines}`] = estimate(
        ratios(found, 'ours', 'prom_client'),
        'ratio',
        random,
      )
      figures[`bytes_${lines}`] = exactly(bytes['ours']!, 'bytes')
      for (const name of ['protobuf', 'native'] as const) {
        figures[`${name}_ms_${lines}`] = estimate(found[name], 'ms', random)
        figures[`${name}_stall_ms_${lines}`] = estimate(stalls[name]!, 'ms', random)
        figures[`${name}_bytes_${lines}`] = exactly(bytes[name]!, 'bytes')
      }
      figures[`native_vs_prom_client_${lines}`] = estimate(
        ratios(found, 'native', 'prom_client'),
        'ratio',
        random,
      )
      if (lines === 10_000) control = estimate(ratios(found, 'control', 'ours'), 'ratio', random)
    }
    const fleets = await measureFleets(quick ? 30 : 200, random)
    return {
      figures: { ...figures, ...fleets.figures },
      control: control!,
      raw: { ...raw, ...fleets.raw },
    }
  },
}
