import { setTimeout as sleep } from 'node:timers/promises'
import { perSecond } from '../load/mix.ts'
import { withLauncher, type Launcher, type Monitored } from '../peers/whole-engines.ts'
import { usageOf } from '../processes.ts'
import type { Scenario } from '../scenario.ts'
import { estimate, exactly, quantile, type Figure } from '../statistics.ts'

/** A part of a piece, as long as a scrape interval: each holds one scrape. */
interface Window {
  readonly p50: number
  readonly p95: number
  /** CPU time of the engine, in % of one core. */
  readonly cpuPct: number
  readonly rssMb: number
}

/** One launch under load without a pause. */
interface Piece {
  readonly windows: readonly Window[]
  readonly failed: number
  /** Until the last answer. Much more than the windows: the machine fell behind. */
  readonly seconds: number
}

const windowSeconds = 15

/** The launches, one after the other; the last repeats the first, as the control. */
const pieces = { off: 'off', classic: 'classic', native: 'native', off_again: 'off' } as const

async function measure(
  { launch }: Launcher,
  monitored: Monitored,
  windows: number,
  progress: (share: number) => void,
): Promise<Piece> {
  return launch(monitored, async ({ pid, load }) => {
    const startedAt = performance.now()
    const answering = load(windows * windowSeconds)
    const usages = [usageOf(pid)]
    for (let i = 1; i <= windows; i++) {
      await sleep(windowSeconds * 1_000)
      usages.push(usageOf(pid))
      progress(i / windows)
    }
    const { latencies, failed } = await answering
    const seconds = (performance.now() - startedAt) / 1_000
    const perWindow = windowSeconds * perSecond
    return {
      failed,
      seconds,
      windows: Array.from({ length: windows }, (_, i) => {
        const own = latencies.slice(i * perWindow, (i + 1) * perWindow)
        const [before, after] = [usages[i]!, usages[i + 1]!]
        return {
          p50: quantile(own, 0.5),
          p95: quantile(own, 0.95),
          cpuPct: ((after.cpu - before.cpu) / windowSeconds) * 100,
          rssMb: after.rss,
        }
      }),
    }
  })
}

/**
 * The specified load as it is specified: five minutes without a pause at 1,000 requests a second,
 * scraped by Prometheus, with classic and with native histograms. One piece of each does not decide
 * 2 %: it shows that nothing grows or fails over the five minutes. Each piece has a Temporal server
 * of its own: a list of runs costs more with every run of the pieces before.
 */
export const fiveMinutes: Scenario = {
  name: 'five-minutes',
  doc: 'five minutes at 1,000 requests a second in one piece: monitoring off, on, and with native histograms',
  async run({ quick, random, progress }) {
    const windows = quick ? 1 : 20
    const names = Object.keys(pieces) as (keyof typeof pieces)[]
    const found: Partial<Record<keyof typeof pieces, Piece>> = {}
    for (const [i, name] of names.entries())
      found[name] = await withLauncher({ random, warmUpSeconds: quick ? 1 : 15 }, (launcher) =>
        measure(launcher, pieces[name], windows, (share) => progress((i + share) / names.length)),
      )
    const of = (name: keyof typeof pieces, what: keyof Window): number[] =>
      found[name]!.windows.map((window) => window[what])
    const figures: Record<string, Figure> = {}
    for (const name of names) {
      figures[`${name}_p50_ms`] = estimate(of(name, 'p50'), 'ms', random)
      figures[`${name}_p95_ms`] = estimate(of(name, 'p95'), 'ms', random)
      figures[`${name}_cpu_pct`] = estimate(of(name, 'cpuPct'), '% of a core', random)
      figures[`${name}_rss_mb`] = estimate(of(name, 'rssMb'), 'MB', random)
      figures[`${name}_s`] = exactly(found[name]!.seconds, 's')
      figures[`${name}_requests`] = exactly(windows * windowSeconds * perSecond, 'requests')
      figures[`${name}_failed`] = exactly(found[name]!.failed, 'requests')
    }
    const first = of('off', 'cpuPct')
    return {
      figures,
      control: estimate(
        of('off_again', 'cpuPct').map((cpu, i) => cpu / first[i]!),
        'ratio',
        random,
      ),
      raw: Object.fromEntries(
        names.flatMap((name) =>
          (['p50', 'p95', 'cpuPct', 'rssMb'] as const).map((what) => [
            `${name}_${what}`,
            of(name, what),
          ]),
        ),
      ),
    }
  },
}
