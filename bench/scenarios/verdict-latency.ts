import { pin } from '../load/generator-process.ts'
import { drawMix, mix } from '../load/mix.ts'
import { engineArms, startSurroundings, withEngines, type EngineArm } from '../peers/engines.ts'
import { shuffled } from '../rounds.ts'
import type { Scenario } from '../scenario.ts'
import { estimate, fastestMean, launchesNeeded, quantile, trimmedMean } from '../statistics.ts'

const perSecond = 1_000
/** Requests to one arm in a row; `http-latency` says why. */
const perBlock = 10
/** Whole mixes of each arm in one launch, of which the first warm up. */
const mixes = { warmUp: 10, measured: 40 } as const
/** Half width of the interval that decides a limit of 0.5 %. */
const wantedPct = 0.1
const requests = mix.map(({ request }) => request)

/** The same requests for every arm, in blocks that take turns: request and arm, in their order. */
function drawTurns(random: () => number): { readonly of: number; readonly arm: number }[] {
  const drawn = drawMix(random)
  const blocks = Array.from({ length: drawn.length / perBlock }, (_, block) =>
    drawn.slice(block * perBlock, (block + 1) * perBlock),
  )
  return blocks.flatMap((block) =>
    shuffled([...engineArms.keys()], random).flatMap((arm) => block.map((of) => ({ of, arm }))),
  )
}

/**
 * The p95 verdict: engines with and without monitoring in one process at the specified rate and
 * mix; each arm gets the same requests.
 */
export const verdictLatency: Scenario = {
  name: 'verdict-latency',
  doc: 'p95 verdict: engines on and off in one process, 1,000 requests a second of the specified mix, real Temporal',
  async run({ quick, random, progress }) {
    pin(process, 0)
    const surroundings = await startSurroundings()
    const count = quick ? 2 : 12
    const launches: Record<EngineArm, number[]>[] = []
    try {
      for (let launch = 0; launch < count; launch++) {
        launches.push(
          await withEngines(
            surroundings,
            shuffled(engineArms, random),
            async (portOf, generator) => {
              const ports = engineArms.map(portOf)
              const found: Record<EngineArm, number[]> = { off: [], control: [], on: [] }
              for (const port of ports) {
                const warming = drawMix(random).map((i) => requests[i]!)
                await generator.run({ kind: 'closed', port, count: 5_000, requests: warming })
              }
              for (let round = -mixes.warmUp; round < mixes.measured; round++) {
                const turns = drawTurns(random)
                const targets = turns.map(({ arm }) => arm)
                const job = { kind: 'open', ports, targets, requests, perSecond } as const
                const answer = await generator.run({ ...job, mix: turns.map(({ of }) => of) })
                if (answer.failed > 0) throw new Error(`${answer.failed} requests failed`)
                if (round < 0) continue
                for (const [i, latency] of answer.latencies.entries())
                  found[engineArms[targets[i]!]!].push(latency)
              }
              return found
            },
          ),
        )
        progress((launch + 1) / count)
      }
    } finally {
      await surroundings.stop()
    }
    const of = (arm: EngineArm, statistic: (values: readonly number[]) => number): number[] =>
      launches.map((found) => statistic(found[arm]))
    const p95 = (values: readonly number[]): number => quantile(values, 0.95)
    const body = {
      off: of('off', fastestMean),
      control: of('control', fastestMean),
      on: of('on', fastestMean),
    }
    const tail = { off: of('off', p95), control: of('control', p95), on: of('on', p95) }
    const unwatched = (which: typeof body): number[] =>
      which.off.map((off, i) => (off + which.control[i]!) / 2)
    const level = trimmedMean(unwatched(tail))
    const inPct = (of: readonly number[], to: readonly number[]) =>
      of.map((value, i) => ((value - to[i]!) / level) * 100)
    const shift = (of: readonly number[], to: readonly number[]) =>
      estimate(inPct(of, to), '% of p95', random)
    return {
      figures: {
        p95_shift_pct: shift(body.on, unwatched(body)),
        control_p95_shift_pct: shift(body.control, body.off),
        p95_direct_pct: shift(tail.on, unwatched(tail)),
        control_p95_direct_pct: shift(tail.control, tail.off),
        launches_needed: launchesNeeded(inPct(body.on, unwatched(body)), wantedPct),
        off_p95_ms: estimate(tail.off, 'ms', random),
        on_p95_ms: estimate(tail.on, 'ms', random),
      },
      control: estimate(
        body.control.map((value, i) => value / body.off[i]!),
        'ratio',
        random,
      ),
      raw: Object.fromEntries(
        engineArms.flatMap((arm) => [
          [`${arm}_body_ms`, body[arm]],
          [`${arm}_p95_ms`, tail[arm]],
        ]),
      ),
    }
  },
}
