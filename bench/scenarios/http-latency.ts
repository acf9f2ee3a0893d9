import { pin } from '../load/generator-process.ts'
import { get } from '../load/mix.ts'
import { startServer, withServers } from '../peers/servers.ts'
import { shuffled } from '../rounds.ts'
import type { Scenario } from '../scenario.ts'
import { estimate, fastestMean, quantile, trimmedMean } from '../statistics.ts'

const arms = ['off', 'control', 'on'] as const
type Arm = (typeof arms)[number]

const perSecond = 1_000
/**
 * Requests to one arm in a row. With a draw for each request alone, every one would find what only
 * its arm runs gone from the processor's caches, as in no server of its own; with hundreds, the
 * machine changes more between two arms than they differ.
 */
const perBlock = 10
/** Blocks of each arm in one round. */
const blocksPerRound = 50
/** Rounds of one launch, of which the first warms up. */
const roundsOf = { warmUp: 1, measured: 5 } as const
/**
 * Requests to each server before that, as fast as they go: at a low rate V8 takes minutes to
 * compile what it runs.
 */
const compiling = 10_000
const request = get('/api/v0/workflows/order')

/**
 * The latencies of each arm in ms, of servers that were made for it; the arms take turns in an
 * order drawn for each turn.
 */
async function launch(random: () => number): Promise<Record<Arm, number[]>> {
  return withServers({ arms, start: startServer, random }, async (portOf, generator) => {
    const ports = arms.map(portOf)
    const found: Record<Arm, number[]> = { off: [], control: [], on: [] }
    for (const port of ports)
      await generator.run({ kind: 'closed', port, count: compiling, requests: [request] })
    for (let round = -roundsOf.warmUp; round < roundsOf.measured; round++) {
      const targets = Array.from({ length: blocksPerRound }, () =>
        shuffled([...arms.keys()], random).flatMap((arm) =>
          Array.from({ length: perBlock }, () => arm),
        ),
      ).flat()
      const mix = targets.map(() => 0)
      const job = { kind: 'open', ports, targets, mix, requests: [request], perSecond } as const
      const { latencies, failed } = await generator.run(job)
      if (failed > 0) throw new Error(`${failed} requests failed`)
      if (round >= 0)
        for (const [i, latency] of latencies.entries()) found[arms[targets[i]!]!].push(latency)
    }
    return found
  })
}

/**
 * What watching adds to the latency of a server with work to spare; each launch counts as one
 * measurement.
 */
export const httpLatency: Scenario = {
  name: 'http-latency',
  doc: 'latency at a constant 1,000 requests a second, from the intended send; arms take turns of ten requests',
  async run({ quick, random, progress }) {
    pin(process, 0)
    const launches: Record<Arm, number[]>[] = []
    const count = quick ? 6 : 24
    for (let i = 0; i < count; i++) {
      launches.push(await launch(random))
      progress((i + 1) / count)
    }
    const of = (arm: Arm, statistic: (values: readonly number[]) => number): number[] =>
      launches.map((found) => statistic(found[arm]))
    const bodies = {
      off: of('off', fastestMean),
      control: of('control', fastestMean),
      on: of('on', fastestMean),
    }
    const p95 = trimmedMean(of('off', (values) => quantile(values, 0.95)))
    const shift = (values: readonly number[], to: readonly number[]) =>
      estimate(
        values.map((value, i) => ((value - to[i]!) / p95) * 100),
        '% of p95',
        random,
      )
    const unwatched = bodies.off.map((value, i) => (value + bodies.control[i]!) / 2)
    const quantiles = ([0.5, 0.95, 0.99] as const).flatMap((share) =>
      arms.map((arm) => {
        const values = of(arm, (all) => quantile(all, share))
        return [`${arm}_p${share * 100}_ms`, estimate(values, 'ms', random)] as const
      }),
    )
    return {
      figures: {
        shift_pct_of_p95: shift(bodies.on, unwatched),
        control_shift_pct_of_p95: shift(bodies.control, bodies.off),
        ...Object.fromEntries(quantiles),
      },
      control: estimate(
        bodies.control.map((value, i) => value / bodies.off[i]!),
        'ratio',
        random,
      ),
      raw: Object.fromEntries(arms.map((arm) => [`${arm}_body_ms`, bodies[arm]])),
    }
  },
}
