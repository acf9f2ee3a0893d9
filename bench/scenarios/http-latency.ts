import { pin, startGenerator } from '../load/generator-process.ts'
import { startServer } from '../peers/servers.ts'
import type { Scenario } from '../scenario.ts'
import { estimate, quantile, trimmedMean } from '../statistics.ts'

const arms = ['off', 'control', 'on'] as const
const perSecond = 1_000
/** Requests of one round, over all arms. */
const perRound = 1_500
const request = 'GET /api/v0/workflows/order HTTP/1.1\r\nhost: x\r\n\r\n'

/** Mean of the fastest four fifths: the body of the distribution, which a pause of the machine leaves alone. */
function body(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const kept = sorted.slice(0, Math.floor(sorted.length * 0.8))
  return kept.reduce((sum, value) => sum + value, 0) / kept.length
}

/** What watching adds to the latency of a server with work to spare. */
export const httpLatency: Scenario = {
  name: 'http-latency',
  doc: 'latency at a constant 1,000 requests a second, from the time each was to be sent; arms drawn per request',
  async run({ quick, random, progress }) {
    pin(process, 0)
    const generator = startGenerator()
    const servers = await Promise.all([startServer('off'), startServer('control'), startServer('on')])
    const ports = servers.map(({ port }) => port)
    try {
      const rounds = quick ? 12 : 120
      const latencies: number[][][] = []
      for (let round = -2; round < rounds; round++) {
        const targets = Array.from({ length: perRound }, () => Math.floor(random() * arms.length))
        const mix = targets.map(() => 0)
        const answer = await generator.run({
          kind: 'open',
          ports,
          targets,
          mix,
          requests: [request],
          perSecond,
        })
        if (answer.failed > 0) throw new Error(`${answer.failed} requests failed`)
        // The first rounds warm up.
        if (round >= 0)
          latencies.push(arms.map((_, arm) => answer.latencies.filter((__, i) => targets[i] === arm)))
        progress((round + 2) / (rounds + 2))
      }
      const of = (arm: (typeof arms)[number], statistic: (values: readonly number[]) => number): number[] =>
        latencies.map((byArm) => statistic(byArm[arms.indexOf(arm)]!))
      const p95 = trimmedMean(of('off', (values) => quantile(values, 0.95)))
      const offBody = of('off', body)
      const shift = (arm: (typeof arms)[number]) =>
        estimate(
          of(arm, body).map((value, i) => ((value - offBody[i]!) / p95) * 100),
          '% of p95',
          random,
        )
      const quantiles = ([0.5, 0.95, 0.99] as const).flatMap((share) =>
        arms.map((arm) => {
          const values = of(arm, (all) => quantile(all, share))
          return [`${arm}_p${share * 100}_ms`, estimate(values, 'ms', random)] as const
        }),
      )
      const controlBody = of('control', body)
      return {
        figures: {
          shift_pct_of_p95: shift('on'),
          control_shift_pct_of_p95: shift('control'),
          ...Object.fromEntries(quantiles),
        },
        control: estimate(
          controlBody.map((value, i) => value / offBody[i]!),
          'ratio',
          random,
        ),
        raw: Object.fromEntries(arms.map((arm) => [`${arm}_body_ms`, of(arm, body)])),
      }
    } finally {
      generator.stop()
      for (const { app } of servers) await app.close()
    }
  },
}
