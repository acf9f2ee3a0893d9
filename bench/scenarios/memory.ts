import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Registry as PromRegistry, Counter, Histogram } from 'prom-client'
import { families } from '../../engine/infra/monitoring/catalogue.ts'
import { createRegistry } from '../../engine/infra/monitoring/instruments/registry.ts'
import { pin, startGenerator } from '../load/generator-process.ts'
import { get } from '../load/mix.ts'
import type { Held } from '../peers/server-process.ts'
import { ended } from '../processes.ts'
import { alternate, ratios } from '../rounds.ts'
import type { Scenario } from '../scenario.ts'
import { estimate } from '../statistics.ts'

const arms = ['off', 'control', 'on'] as const
const request = get('/api/v0/workflows/order')
const mb = (bytes: number): number => bytes / 1_048_576

async function held(child: ChildProcess): Promise<Held> {
  child.send('measure')
  const [answer] = (await once(child, 'message')) as [Held]
  return answer
}

/**
 * What a server holds after so many requests, and by how much its heap grew in the last nine tenths
 * of them.
 */
async function launch(arm: (typeof arms)[number], requests: number) {
  const child = fork(resolve(import.meta.dirname, '../peers/server-process.js'), [arm], {
    execArgv: ['--expose-gc'],
  })
  const generator = startGenerator()
  try {
    const [port] = (await once(child, 'message')) as [number]
    pin(child, 0)
    const load = (count: number) =>
      generator.run({ kind: 'closed', port, count, requests: [request] })
    await load(requests / 10)
    const early = await held(child)
    await load((requests * 9) / 10)
    const late = await held(child)
    return { heap: mb(late.heap), rss: mb(late.rss), growth: mb(late.heap - early.heap) }
  } finally {
    generator.stop()
    child.kill()
    await ended(child)
  }
}

/** Bytes that one series holds, of those that `make` makes so many of. */
function bytesPerSeries(make: (count: number) => unknown): number {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  const count = 10_000
  const now = (): number => {
    gc()
    const { heapUsed, external } = process.memoryUsage()
    return heapUsed + external
  }
  const before = now()
  const kept = [make(count)]
  const bytes = (now() - before) / count
  if (kept.length === 0) throw new Error('the measured objects must stay alive')
  return bytes
}

const { httpRequests, httpDuration } = families
const countUp = (count: number, record: (path: string) => void): void => {
  for (let i = 0; i < count; i++) record(`/route/${i}`)
}
const ours = () => createRegistry({ seriesLimit: 1_000_000 })
const series = {
  counter: (count: number) => {
    const registry = ours()
    const instrument = registry.instrument(httpRequests)
    countUp(count, (route) => instrument({ method: 'GET', path: route, status_code: '200' }).add(1))
    return registry
  },
  histogram: (count: number) => {
    const registry = ours()
    const instrument = registry.instrument(httpDuration)
    countUp(count, (route) => instrument({ method: 'GET', path: route }).observe(0.01))
    return registry
  },
  prom_client_counter: (count: number) => {
    const registers = [new PromRegistry()]
    const labelNames = ['method', 'path', 'status_code']
    const counter = new Counter({
      name: httpRequests.name,
      help: httpRequests.help,
      labelNames,
      registers,
    })
    countUp(count, (route) => counter.inc({ method: 'GET', path: route, status_code: '200' }))
    return registers
  },
  prom_client_histogram: (count: number) => {
    const registers = [new PromRegistry()]
    const { name, help, buckets } = httpDuration
    const options = { name, help, labelNames: ['method', 'path'], buckets: [...buckets], registers }
    const histogram = new Histogram(options)
    countUp(count, (route) => histogram.observe({ method: 'GET', path: route }, 0.01))
    return registers
  },
} as const

/** What watching holds in memory. */
export const memory: Scenario = {
  name: 'memory',
  doc: 'heap and resident memory after an hour of 1,000 requests a second in five launches, on and off; bytes per series',
  async run({ quick, random, progress }) {
    const rounds = quick ? 4 : 5
    const requests = quick ? 60_000 : 720_000
    const rss: Record<string, number[]> = {}
    const growth: Record<string, number[]> = {}
    const heap = await alternate({
      arms,
      rounds,
      measure: async (arm) => {
        const found = await launch(arm, requests)
        ;(rss[arm] ??= []).push(found.rss)
        ;(growth[arm] ??= []).push(found.growth)
        return found.heap
      },
      random,
      progress,
    })
    const perSeries = Object.fromEntries(
      Object.entries(series).map(([name, make]) => [
        `${name}_series_bytes`,
        Array.from({ length: 5 }, () => bytesPerSeries(make)),
      ]),
    )
    const level = (values: readonly number[], unit: string) => estimate(values, unit, random)
    const resident = rss as Record<(typeof arms)[number], number[]>
    const percent = (values: readonly number[]) => values.map((ratio) => (ratio - 1) * 100)
    return {
      figures: {
        heap_overhead_pct: level(percent(ratios(heap, 'on', 'off', 'control')), '%'),
        rss_overhead_pct: level(percent(ratios(resident, 'on', 'off', 'control')), '%'),
        off_heap_mb: level(heap.off, 'MB'),
        on_heap_mb: level(heap.on, 'MB'),
        off_rss_mb: level(resident.off, 'MB'),
        on_rss_mb: level(resident.on, 'MB'),
        off_heap_growth_mb: level(growth['off']!, 'MB'),
        on_heap_growth_mb: level(growth['on']!, 'MB'),
        ...Object.fromEntries(
          Object.entries(perSeries).map(([name, values]) => [name, level(values, 'bytes')]),
        ),
      },
      control: level(ratios(heap, 'control', 'off'), 'ratio'),
      raw: {
        ...Object.fromEntries(
          arms.flatMap((arm) => [
            [`${arm}_heap_mb`, heap[arm]],
            [`${arm}_rss_mb`, resident[arm]],
            [`${arm}_heap_growth_mb`, growth[arm]!],
          ]),
        ),
        ...perSeries,
      },
    }
  },
}
