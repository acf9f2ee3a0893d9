import { pin } from '../load/generator-process.ts'
import { drawMix, get, mix, wholeMix } from '../load/mix.ts'
import { engineArms, startSurroundings, withEngines, type EngineArm } from '../peers/engines.ts'
import { cpuNanos, ended, startCli } from '../processes.ts'
import { alternate, ratios, type Rounds } from '../rounds.ts'
import type { Scenario } from '../scenario.ts'
import { estimate, launchesNeeded, trimmedMean } from '../statistics.ts'

/** Requests of the specified load between two scrapes, and in a second. */
const perScrape = 15_000
const perSecond = 1_000
const scrapes = 20
/** Half width of the interval that decides a limit of 2 %. */
const wantedPct = 0.5

/** CPU of the whole process, µs: the garbage collector's and Temporal's threads count too. */
function cpuMicros(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** µs of CPU that an idle engine takes in a second, in a process of its own. */
async function idleMicros(project: string, temporal: string, on: boolean, seconds: number) {
  const args = ['start', '--cwd', project, '--port', '0', '--temporal-address', temporal]
  const { child } = await startCli([...args, '--workers', '0'], { MONITORING_ENABLED: String(on) })
  pin(child, 0)
  try {
    await new Promise((resolve) => setTimeout(resolve, 5_000))
    const before = cpuNanos(child.pid)
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000))
    return (cpuNanos(child.pid) - before) / seconds / 1_000
  } finally {
    child.kill()
    await ended(child)
  }
}

/**
 * The CPU verdict: engines with and without monitoring in one process answer the specified mix in
 * turns, each turn holding it exactly. What monitoring does beside requests is measured by itself
 * and added as its share of a request: scrapes, and questions to Temporal in the background.
 */
export const verdictCpu: Scenario = {
  name: 'verdict-cpu',
  doc: 'CPU verdict: engines on and off in one process, the specified mix in turns, real Temporal',
  async run({ quick, random, progress }) {
    pin(process, 0)
    const surroundings = await startSurroundings()
    const launches = quick ? 2 : 12
    const found = { off_us: [], control_ratio: [], requests_pct: [], scrape_us: [] } as Record<
      'off_us' | 'control_ratio' | 'requests_pct' | 'scrape_us',
      number[]
    >
    try {
      for (let launch = 0; launch < launches; launch++) {
        const raw: Rounds<EngineArm> = await withEngines(
          surroundings,
          random,
          async (portOf, generator) => {
            const run = async (port: number, requests: readonly string[]) => {
              const before = cpuMicros()
              const count = requests.length
              const { failed } = await generator.run({ kind: 'closed', port, count, requests })
              if (failed > 0) throw new Error(`${failed} requests failed`)
              return (cpuMicros() - before) / count
            }
            const block = (arm: EngineArm, blocks = 1) =>
              run(
                portOf(arm),
                Array.from({ length: blocks }, () => drawMix(random))
                  .flat()
                  .map((i) => mix[i]!.request),
              )
            for (const arm of engineArms) await block(arm, 6_000 / wholeMix)
            const rounds = await alternate({
              arms: engineArms,
              rounds: quick ? 20 : 60,
              measure: (arm) => block(arm, 2),
              random,
              progress: (share) => progress((launch + share) / launches),
            })
            const scrape = Array.from({ length: scrapes }, () => get('/metrics'))
            await run(portOf('on'), scrape)
            found.scrape_us.push(await run(portOf('on'), scrape))
            return rounds
          },
        )
        // Round by round: a drift of the machine falls on all arms of a round.
        const added = ratios(raw, 'on', 'off', 'control').map((ratio) => (ratio - 1) * 100)
        found.requests_pct.push(trimmedMean(added))
        found.control_ratio.push(trimmedMean(ratios(raw, 'control', 'off')))
        found.off_us.push(trimmedMean([...raw.off, ...raw.control]))
      }
      const seconds = quick ? 10 : 31
      const idle = { off: [] as number[], on: [] as number[] }
      for (let pair = 0; pair < (quick ? 1 : 3); pair++)
        for (const arm of ['off', 'on'] as const)
          idle[arm].push(
            await idleMicros(surroundings.project, surroundings.temporal, arm === 'on', seconds),
          )
      const background = trimmedMean(idle.on) - trimmedMean(idle.off)
      const beside = (launch: number) =>
        found.scrape_us[launch]! / perScrape + background / perSecond
      const all = found.requests_pct.map(
        (pct, launch) => pct + (beside(launch) / found.off_us[launch]!) * 100,
      )
      return {
        figures: {
          cpu_overhead_pct: estimate(all, '%', random),
          cpu_requests_pct: estimate(found.requests_pct, '%', random),
          launches_needed: launchesNeeded(all, wantedPct),
          off_us: estimate(found.off_us, 'µs', random),
          scrape_us: estimate(found.scrape_us, 'µs', random),
          background_us_per_s: estimate(
            idle.on.map((on, i) => on - idle.off[i]!),
            'µs',
            random,
          ),
        },
        control: estimate(found.control_ratio, 'ratio', random),
        raw: { ...found, idle_off_us: idle.off, idle_on_us: idle.on },
      }
    } finally {
      await surroundings.stop()
    }
  },
}
