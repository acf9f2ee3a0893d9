import { once } from 'node:events'
import { resolve } from 'node:path'
import type { ChildProcess } from 'node:child_process'
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

const probe = ['--expose-gc', '--import', resolve(import.meta.dirname, '../collect-probe.js')]
/** V8 gives free pages back in the background, ms after a collection. */
const givingBack = 1_500

/** Resident memory of a whole engine, workers and all, after its requests and one scrape, MB. */
interface Memory {
  /** While it answers: most of what is above `held` is garbage that V8 has not collected yet. */
  readonly loaded: number
  /** After all threads have collected their garbage. */
  readonly held: number
}

async function collect(child: ChildProcess): Promise<void> {
  const collected = once(child, 'message')
  child.send('collect')
  await collected
  await new Promise((done) => setTimeout(done, givingBack))
}

async function launch(
  arm: EngineArm,
  { project, temporal }: Surroundings,
  random: () => number,
): Promise<Memory> {
  const args = ['start', '--cwd', project, '--port', '0', '--temporal-address', temporal]
  const env = { MONITORING_ENABLED: String(arm === 'on'), COMPOZY_RATE_LIMIT: '0' }
  const { child, ready } = await startCli(args, env, probe)
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
    for (let i = 0; i < 2; i++) await collect(child)
    const { rss: held } = usageOf(child.pid)
    return { loaded: samples.reduce((sum, rss) => sum + rss, 0) / samples.length, held }
  } finally {
    generator.stop()
    child.kill()
    await ended(child)
  }
}

/**
 * The memory verdict: what whole engines hold, each launched anew, after a garbage collection.
 * Resident memory under load is told beside it: when V8 collects differs by a third of all memory
 * from launch to launch, so that it decides nothing. The first launches say how many it takes
 * (`launches_needed`).
 */
export const verdictMemory: Scenario = {
  name: 'verdict-memory',
  doc: 'memory verdict: whole engines on and off, launched in turn, after 20,000 requests of the specified mix',
  async run({ quick, random, progress }) {
    const surroundings = await startSurroundings()
    const count = quick ? 2 : 20
    const launches: Record<EngineArm, Memory[]> = { off: [], control: [], on: [] }
    try {
      for (let i = 0; i < count; i++) {
        for (const [n, arm] of shuffled(engineArms, random).entries()) {
          launches[arm].push(await launch(arm, surroundings, random))
          // What a launch has started is not the next one's to carry out.
          await surroundings.clear()
          progress((i * engineArms.length + n + 1) / (count * engineArms.length))
        }
      }
    } finally {
      await surroundings.stop()
    }
    const of = (arm: EngineArm, what: keyof Memory) => launches[arm].map((memory) => memory[what])
    // Launches know nothing of each other: pairs of them would only double the few odd ones.
    const beyond = (one: readonly number[], other: readonly number[]) =>
      estimateFrom(
        (resample) => (trimmedMean(resample(one)) / trimmedMean(resample(other)) - 1) * 100,
        '%',
        random,
      )
    const [off, control, on] = [of('off', 'held'), of('control', 'held'), of('on', 'held')]
    const unwatched = [...off, ...control]
    const differences = on.map(
      (held, i) => ((held - (off[i]! + control[i]!) / 2) / trimmedMean(unwatched)) * 100,
    )
    const loaded = of('on', 'loaded')
    const unwatchedLoaded = [...of('off', 'loaded'), ...of('control', 'loaded')]
    return {
      figures: {
        memory_overhead_pct: beyond(on, unwatched),
        control_memory_pct: beyond(control, off),
        off_held_mb: estimate(unwatched, 'MB', random),
        on_held_mb: estimate(on, 'MB', random),
        loaded_overhead_pct: beyond(loaded, unwatchedLoaded),
        off_loaded_mb: estimate(unwatchedLoaded, 'MB', random),
        on_loaded_mb: estimate(loaded, 'MB', random),
        launches_needed: launchesNeeded(differences, wantedPct),
      },
      control: estimate(
        control.map((value, i) => value / off[i]!),
        'ratio',
        random,
      ),
      raw: Object.fromEntries(
        engineArms.flatMap((arm) => [
          [`${arm}_held`, of(arm, 'held')],
          [`${arm}_loaded`, of(arm, 'loaded')],
        ]),
      ),
    }
  },
}
