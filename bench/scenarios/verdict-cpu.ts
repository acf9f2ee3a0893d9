import { pin, type Generator } from '../load/generator-process.ts'
import { drawMix, get, mix } from '../load/mix.ts'
import {
  engineArms,
  startSurroundings,
  withEngines,
  type EngineArm,
  type Surroundings,
} from '../peers/engines.ts'
import { cpuNanos, ended, startCli } from '../processes.ts'
import { alternate, ratios } from '../rounds.ts'
import type { Scenario } from '../scenario.ts'
import { estimate, launchesNeeded, trimmedMean } from '../statistics.ts'

/** Requests of the specified load between two scrapes, and in a second. */
const perScrape = 15_000
const perSecond = 1_000
const scrapes = 20
/** Half width of the interval that decides a limit of 2 %. */
const wantedPct = 0.5

/** What a launch finds; `paced_us` is a request's CPU without monitoring at the specified rate. */
type Found = 'off_us' | 'paced_us' | 'control_ratio' | 'requests_us' | 'scrape_us'

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

/** Engines of one launch, their ports and the generator that asks them. */
interface Subject {
  portOf(arm: EngineArm): number
  readonly generator: Generator
  readonly random: () => number
}

const requests = mix.map(({ request }) => request)

/** µs of CPU for one of these requests, sent as fast as they are answered. */
async function closedMicros(
  { portOf, generator }: Subject,
  arm: EngineArm,
  of: readonly string[],
): Promise<number> {
  const before = cpuMicros()
  const job = { kind: 'closed', port: portOf(arm), count: of.length, requests: of } as const
  const { failed } = await generator.run(job)
  if (failed > 0) throw new Error(`${failed} requests of ${arm} failed`)
  return (cpuMicros() - before) / of.length
}

/** µs of CPU for a request of the mix, in so many whole mixes. */
const mixMicros = (subject: Subject, arm: EngineArm, mixes: number): Promise<number> => {
  const drawn = Array.from({ length: mixes }, () => drawMix(subject.random)).flat()
  return closedMicros(
    subject,
    arm,
    drawn.map((i) => requests[i]!),
  )
}

/** µs of CPU for a request at the specified rate, without monitoring. */
async function pacedMicros({ portOf, generator, random }: Subject): Promise<number> {
  const drawn = Array.from({ length: 16 }, () => drawMix(random)).flat()
  const ports = [portOf('off'), portOf('control')]
  const targets = drawn.map((_, i) => i % ports.length)
  const before = cpuMicros()
  const job = { kind: 'open', ports, targets, mix: drawn, requests, perSecond } as const
  const { failed } = await generator.run(job)
  if (failed > 0) throw new Error(`${failed} requests failed`)
  return (cpuMicros() - before) / drawn.length
}

async function scrapeMicros(subject: Subject): Promise<number> {
  const all = Array.from({ length: scrapes }, () => get('/metrics'))
  await closedMicros(subject, 'on', all)
  return closedMicros(subject, 'on', all)
}

/** Measures engines that were made for it. */
async function measure(
  subject: Subject,
  rounds: number,
  progress: (share: number) => void,
): Promise<Record<Found, number>> {
  for (const arm of engineArms) await mixMicros(subject, arm, 30)
  const { random } = subject
  const each = (arm: EngineArm) => mixMicros(subject, arm, 2)
  const raw = await alternate({ arms: engineArms, rounds, measure: each, random, progress })
  // Round by round: a drift of the machine falls on all arms of a round.
  const added = raw.on.map((on, i) => on - (raw.off[i]! + raw.control[i]!) / 2)
  return {
    requests_us: trimmedMean(added),
    control_ratio: trimmedMean(ratios(raw, 'control', 'off')),
    off_us: trimmedMean([...raw.off, ...raw.control]),
    paced_us: await pacedMicros(subject),
    scrape_us: await scrapeMicros(subject),
  }
}

/** What an idle engine takes in a second, with monitoring and without, in turns. */
async function idlePairs({ project, temporal }: Surroundings, pairs: number, seconds: number) {
  const found = { off: [] as number[], on: [] as number[] }
  for (let pair = 0; pair < pairs; pair++)
    for (const arm of ['off', 'on'] as const)
      found[arm].push(await idleMicros(project, temporal, arm === 'on', seconds))
  return found
}

/**
 * The CPU verdict: engines with and without monitoring in one process answer the specified mix in
 * turns, each turn holding it exactly: what monitoring adds to a request, in µs. What it does
 * beside requests is measured by itself and added as its share of one: scrapes, and questions to
 * Temporal in the background. The sum is compared with what a request takes at the specified rate.
 */
export const verdictCpu: Scenario = {
  name: 'verdict-cpu',
  doc: 'CPU verdict: engines on and off in one process, the specified mix in turns, real Temporal',
  async run({ quick, random, progress }) {
    pin(process, 0)
    const surroundings = await startSurroundings()
    try {
      const launches = quick ? 2 : 12
      const all: Record<Found, number>[] = []
      for (let launch = 0; launch < launches; launch++)
        all.push(
          await withEngines(surroundings, random, (portOf, generator) =>
            measure({ portOf, generator, random }, quick ? 20 : 60, (share) =>
              progress((launch + share) / launches),
            ),
          ),
        )
      const idle = await idlePairs(surroundings, quick ? 1 : 3, quick ? 10 : 31)
      const background = trimmedMean(idle.on) - trimmedMean(idle.off)
      const of = (name: Found): number[] => all.map((each) => each[name])
      const added = all.map(({ requests_us }) => requests_us)
      const beside = all.map(({ scrape_us }) => scrape_us / perScrape + background / perSecond)
      const pct = (us: readonly number[]) => us.map((each, i) => (each / all[i]!.paced_us) * 100)
      const overhead = pct(added.map((us, i) => us + beside[i]!))
      return {
        figures: {
          cpu_overhead_pct: estimate(overhead, '%', random),
          cpu_requests_pct: estimate(pct(added), '%', random),
          launches_needed: launchesNeeded(overhead, wantedPct),
          requests_us: estimate(added, 'µs', random),
          paced_us: estimate(of('paced_us'), 'µs', random),
          off_us: estimate(of('off_us'), 'µs', random),
          scrape_us: estimate(of('scrape_us'), 'µs', random),
          background_us_per_s: estimate(
            idle.on.map((on, i) => on - idle.off[i]!),
            'µs',
            random,
          ),
        },
        control: estimate(of('control_ratio'), 'ratio', random),
        raw: {
          ...Object.fromEntries(Object.keys(all[0]!).map((name) => [name, of(name as Found)])),
          idle_off_us: idle.off,
          idle_on_us: idle.on,
        },
      }
    } finally {
      await surroundings.stop()
    }
  },
}
