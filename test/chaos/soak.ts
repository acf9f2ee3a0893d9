/**
 * `npm run soak`: the work of an hour in a quarter of one, on one engine without faults. Prints how
 * memory, descriptors and series grow, and exits with 1 when a run was lost or miscounted.
 * `SOAK_SECONDS` sets another length.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { seeded } from '../../bench/statistics.ts'
import { scrape, sumOf } from '../support/metrics.ts'
import { startFleet, type Member } from './fleet.ts'
import { childrenOf } from './live-process.ts'
import { openLoad } from './open-load.ts'
import { missedAt, quietPoint } from './quiet-point.ts'
import { slopeOf, type Point } from './slope.ts'

const seconds = Number(process.env['SOAK_SECONDS'] ?? 900)
/** An hour at 20 requests and one start in two seconds, four times as fast. */
const reads = 80
const starts = 2
const everyMs = 5_000
/** Caches fill and code is compiled in this share of the time; it is left out. */
const warmUpShare = 0.25
/** A minute: longer than a round of garbage collection. */
const blockLength = 12

const megabytes = 1_048_576

const rssOf = (pid: number): number =>
  (Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1_024) /
  megabytes

type Figures = Readonly<Record<string, number>>

async function measure({ ready, process: { pid } }: Member): Promise<Figures> {
  const { samples } = await scrape(ready.metrics!)
  const tools = childrenOf(pid!, 'deno').map(rssOf)
  return {
    'RSS of the engine, MiB': rssOf(pid!),
    'tool processes': tools.length,
    'RSS of a tool process, MiB': tools.reduce((sum, rss) => sum + rss, 0) / (tools.length || 1),
    'heap in use, MiB': sumOf(samples, 'nodejs_heap_size_used_bytes') / megabytes,
    'external memory, MiB': sumOf(samples, 'nodejs_external_memory_bytes') / megabytes,
    'open descriptors': readdirSync(`/proc/${pid}/fd`).length,
    series: samples.length,
  }
}

function verdictOf(low: number, high: number): string {
  if (low > 0) return 'grows'
  return high < 0 ? 'shrinks' : 'no growth seen'
}

function rowOf(name: string, values: readonly Point[]): string {
  const { perHour, low, high } = slopeOf(values, blockLength, seeded(1))
  const [first, last] = [values[0]!.value, values.at(-1)!.value]
  const shown = [first, last, perHour, low, high].map((value) => value.toFixed(1))
  return `| ${name} | ${shown[0]} | ${shown[1]} | ${shown[2]} | ${shown[3]} to ${shown[4]} | ${verdictOf(low, high)} |`
}

const fleet = await startFleet()
try {
  const engine = await fleet.grow('start')
  await fleet.settled()
  console.log(`soak of ${seconds} s: ${reads} requests and ${starts} starts a second`)
  const load = openLoad(fleet.balancer.url)
  load.phase('soak')
  load.rate(reads, starts)
  const beganAt = performance.now()
  const rows: { readonly hours: number; readonly figures: Figures }[] = []
  while (performance.now() - beganAt < seconds * 1_000) {
    await sleep(everyMs)
    rows.push({
      hours: (performance.now() - beganAt) / 3_600_000,
      figures: await measure(engine),
    })
  }
  load.rate(0, 0)
  const point = await quietPoint(fleet, load)
  await load.stop()
  const steady = rows.slice(Math.floor(rows.length * warmUpShare))
  console.log('\n| figure | first | last | per hour | 95 % interval | verdict |')
  console.log('|---|---|---|---|---|---|')
  for (const name of Object.keys(rows[0]!.figures))
    console.log(
      rowOf(
        name,
        steady.map(({ hours, figures }) => ({ hours, value: figures[name]! })),
      ),
    )
  const missed = missedAt(point)
  const outcomes = Object.fromEntries(load.answers.get('soak') ?? [])
  console.log(
    `\n${steady.length} measurements after the warm-up; requests ${JSON.stringify(outcomes)}; ` +
      `${point.answered} runs, lost ${point.lost}, not counted ${missed.started} as started and ${missed.completed} as completed`,
  )
  if (point.lost > 0 || missed.started !== 0 || missed.completed !== 0) process.exitCode = 1
} finally {
  await fleet.stop()
}
