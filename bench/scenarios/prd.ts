import { withLauncher, type Launcher } from '../peers/whole-engines.ts'
import { usageOf } from '../processes.ts'
import type { Scenario } from '../scenario.ts'
import { estimate, quantile } from '../statistics.ts'

interface Launch {
  readonly p50: number
  readonly p95: number
  readonly cpuSeconds: number
  readonly rssMb: number
}

/** Measures one launch under load. */
function measure({ launch }: Launcher, isMonitored: boolean, seconds: number): Promise<Launch> {
  return launch(isMonitored ? 'classic' : 'off', async ({ pid, load }) => {
    const before = usageOf(pid)
    const { latencies, failed } = await load(seconds)
    if (failed > 0) throw new Error(`${failed} requests failed`)
    const after = usageOf(pid)
    return {
      p50: quantile(latencies, 0.5),
      p95: quantile(latencies, 0.95),
      cpuSeconds: after.cpu - before.cpu,
      rssMb: after.rss,
    }
  })
}

/**
 * The specified load profile: a whole engine at 1,000 requests a second, with monitoring and
 * without.
 */
export const prd: Scenario = {
  name: 'prd',
  doc: 'the specified load: whole engines on and off in turn, 1,000 requests a second, real Temporal, scraped every 15 s',
  async run({ quick, random, progress }) {
    const pairs = quick ? 3 : 5
    const seconds = quick ? 6 : 30
    return withLauncher({ random, warmUpSeconds: quick ? 1 : 5 }, async (launcher) => {
      const off: Launch[] = []
      const control: Launch[] = []
      const on: Launch[] = []
      const arms = [off, on, control]
      for (let pair = 0; pair < pairs; pair++) {
        const order = pair % 2 === 0 ? arms : arms.toReversed()
        for (const [i, arm] of order.entries()) {
          arm.push(await measure(launcher, arm === on, seconds))
          progress((pair * 3 + i + 1) / (pairs * 3))
        }
      }
      const overhead = (arm: readonly Launch[], of: keyof Launch) =>
        estimate(
          arm.map((each, i) => (each[of] / off[i]![of] - 1) * 100),
          '%',
          random,
        )
      const level = (arm: readonly Launch[], of: keyof Launch, unit: string) =>
        estimate(
          arm.map((each) => each[of]),
          unit,
          random,
        )
      return {
        figures: {
          p50_overhead_pct: overhead(on, 'p50'),
          p95_overhead_pct: overhead(on, 'p95'),
          cpu_overhead_pct: overhead(on, 'cpuSeconds'),
          rss_overhead_pct: overhead(on, 'rssMb'),
          control_p95_pct: overhead(control, 'p95'),
          control_cpu_pct: overhead(control, 'cpuSeconds'),
          control_rss_pct: overhead(control, 'rssMb'),
          off_p50_ms: level(off, 'p50', 'ms'),
          off_p95_ms: level(off, 'p95', 'ms'),
          on_p95_ms: level(on, 'p95', 'ms'),
          off_cpu_s: level(off, 'cpuSeconds', 's'),
          on_cpu_s: level(on, 'cpuSeconds', 's'),
          off_rss_mb: level(off, 'rssMb', 'MB'),
          on_rss_mb: level(on, 'rssMb', 'MB'),
        },
        control: estimate(
          control.map((each, i) => each.cpuSeconds / off[i]!.cpuSeconds),
          'ratio',
          random,
        ),
        raw: Object.fromEntries(
          Object.entries({ off, on, control }).flatMap(([name, launches]) =>
            (['p50', 'p95', 'cpuSeconds', 'rssMb'] as const).map((of) => [
              `${name}_${of}`,
              launches.map((each) => each[of]),
            ]),
          ),
        ),
      }
    })
  },
}
