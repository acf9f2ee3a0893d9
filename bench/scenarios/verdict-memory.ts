import { pin, startGenerator } from '../load/generator-process.ts'
import { drawMix, get, mix } from '../load/mix.ts'
import {
  engineArms,
  startSurroundings,
  type EngineArm,
  type Surroundings,
} from '../peers/engines.ts'
import { ended, startCli, usageOf } from '../processes.ts'
import { shuffled } from '../rounds.ts'
import type { Scenario } from '../scenario.ts'
import { estimate, estimateFrom, launchesNeeded, trimmedMean } from '../statistics.ts'

/** Requests before memory is read: as many for every arm, so that all heaps are as old. */
const warming = 20_000
/** Half width of the interval that decides a limit of 2 %. */
const wantedPct = 0.5

/** MB that a whole engine holds, workers and all, after its requests and one scrape. */
async function launch(
  arm: EngineArm,
  { project, temporal }: Surroundings,
  random: () => number,
): Promise<number> {
  const args = ['start', '--cwd', project, '--port', '0', '--temporal-address', temporal]
  const { child, ready } = await startCli(args, {
    MONITORING_ENABLED: String(arm === 'on'),
    COMPOZY_RATE_LIMIT: '0',
  })
  pin(child, 0)
  const generator = startGenerator()
  const port = Number(new URL(ready.api).port)
  try {
    const requests = drawMix(random).map((i) => mix[i]!.request)
    const run = async (count: number, of: readonly string[]) => {
      const { failed } = await generator.run({ kind: 'closed', port, count, requests: of })
      if (failed > 0) throw new Error(`${failed} requests failed`)
    }
    await run(warming, requests)
    if (arm === 'on') await run(1, [get('/metrics')])
    const samples: number[] = []
    for (let sample = 0; sample < 10; sample++) {
      await run(200, requests)
      samples.push(usageOf(child.pid).rss)
    }
    return samples.reduce((sum, rss) => sum + rss, 0) / samples.length
  } finally {
    generator.stop()
    child.kill()
    await ended(child)
  }
}

/**
 * The memory verdict: resident memory of whole engines, each launched anew. The first launches say
 * how many it takes to decide (`launches_needed`); it makes no more than it has time for.
 */
export const verdictMemory: Scenario = {
  name: 'verdict-memory',
  doc: 'memory verdict: whole engines on and off, launched in turn, after 20,000 requests of the specified mix',
  async run({ quick, random, progress }) {
    const surroundings = await startSurroundings()
    const count = quick ? 2 : 45
    const raw: Record<EngineArm, number[]> = { off: [], control: [], on: [] }
    try {
      for (let i = 0; i < count; i++) {
        for (const [n, arm] of shuffled(engineArms, random).entries()) {
          raw[arm].push(await launch(arm, surroundings, random))
          progress((i * engineArms.length + n + 1) / (count * engineArms.length))
        }
      }
    } finally {
      await surroundings.stop()
    }
    const unwatched = [...raw.off, ...raw.control]
    // Launches know nothing of each other: pairs of them would only double the few odd ones.
    const beyond = (of: readonly number[], to: readonly number[]) =>
      estimateFrom(
        (resample) => (trimmedMean(resample(of)) / trimmedMean(resample(to)) - 1) * 100,
        '%',
        random,
      )
    const level = trimmedMean(unwatched)
    const differences = raw.on.map(
      (on, i) => ((on - (raw.off[i]! + raw.control[i]!) / 2) / level) * 100,
    )
    return {
      figures: {
        memory_overhead_pct: beyond(raw.on, unwatched),
        control_memory_pct: beyond(raw.control, raw.off),
        off_rss_mb: estimate(raw.off, 'MB', random),
        on_rss_mb: estimate(raw.on, 'MB', random),
        launches_needed: launchesNeeded(differences, wantedPct),
      },
      control: estimate(
        raw.control.map((value, i) => value / raw.off[i]!),
        'ratio',
        random,
      ),
      raw,
    }
  },
}
