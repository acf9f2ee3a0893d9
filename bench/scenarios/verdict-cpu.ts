import { defined } from '../../engine/core/defined.ts'
import { pin, type Generator } from '../load/generator-process.ts'
import type { LoadAnswer } from '../load/generator.ts'
import { drawMix, get, mix, wholeMix } from '../load/mix.ts'
import { startBackgrounds } from '../peers/backgrounds.ts'
import { startSurroundings, withEngines, type Surroundings } from '../peers/engines.ts'
import { shuffled, type Rounds } from '../rounds.ts'
import type { Scenario } from '../scenario.ts'
import { estimate, estimateFrom, launchesNeeded, trimmedMean, type Figure } from '../statistics.ts'

/** Requests of the specified load between two scrapes, and in a second. */
const perScrape = 15_000
const perSecond = 1_000
const scrapes = 20
/** Half width of the interval that decides a limit of 2 %. */
const wantedPct = 0.5

type Arm = 'off' | 'control' | 'on' | 'on_again'

/** What a launch finds; `paced_us` is a request's CPU without monitoring at the specified rate. */
interface Launch {
  /** µs that monitoring adds to a request, for each kind of the mix. */
  readonly added_us: readonly number[]
  readonly requests_us: number
  readonly control_ratio: number
  readonly off_us: number
  readonly paced_us: number
  readonly scrape_us: number
}

const averaged = ['requests_us', 'control_ratio', 'off_us', 'paced_us', 'scrape_us'] as const

/** How long the scenario measures. */
interface Sizes {
  readonly launches: number
  readonly rounds: number
  /** Times that the background is switched on, and how long it settles before, s. */
  readonly switches: number
  readonly settle: number
  /** Measured windows between two switches, and their length, s. */
  readonly windows: number
  readonly window: number
}

const full: Sizes = { launches: 16, rounds: 30, switches: 3, settle: 30, windows: 2, window: 15 }
const quickly: Sizes = { launches: 2, rounds: 8, switches: 1, settle: 10, windows: 2, window: 10 }

/**
 * Requests of one turn, for each of the mix: about a tenth of a second of CPU, so that a request
 * that calls Temporal (with a deviation 50 times that of another) does not hide the others.
 */
const perTurn = [300, 400, 300, 300, 20, 6]

/** Monitorings whose background is measured at once: that of one is lost in the noise. */
const backgrounds = 40

/** CPU of the whole process, µs: the garbage collector's and Temporal's threads count too. */
function cpuMicros(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** Engines of one launch, their ports and the generator that asks them. */
interface Subject {
  portOf(arm: Arm): number
  readonly generator: Generator
  readonly random: () => number
}

const requests = mix.map(({ request }) => request)

/** A request that failed costs another amount of CPU. */
function refuseFailures({ failed, statuses }: LoadAnswer, what: string): void {
  if (failed === 0) return
  throw new Error(`${failed} ${what} failed, with ${[...new Set(statuses)].join(', ')}`)
}

/** µs of CPU for one of these requests, sent as fast as they are answered. */
async function closedMicros(
  { portOf, generator }: Subject,
  arm: Arm,
  of: readonly string[],
): Promise<number> {
  const before = cpuMicros()
  const job = { kind: 'closed', port: portOf(arm), count: of.length, requests: of } as const
  refuseFailures(await generator.run(job), `requests of ${arm}`)
  return (cpuMicros() - before) / of.length
}

/** So many whole mixes, each in an order of its own. */
const drawMixes = (mixes: number, random: () => number): number[] =>
  Array.from({ length: mixes }, () => drawMix(random)).flat()

/** µs of CPU for a request of the mix, in so many whole mixes. */
function mixMicros(subject: Subject, arm: Arm, mixes: number): Promise<number> {
  const drawn = drawMixes(mixes, subject.random)
  return closedMicros(
    subject,
    arm,
    drawn.map((i) => requests[i]!),
  )
}

/** µs of CPU for a request at the specified rate, and in a second, without monitoring. */
async function pacedMicros(
  { portOf, generator, random }: Subject,
  arms: readonly Arm[],
  mixes: number,
): Promise<{ perRequest: number; perSecond: number }> {
  const drawn = drawMixes(mixes, random)
  const ports = arms.map(portOf)
  const targets = drawn.map((_, i) => i % ports.length)
  const [before, startedAt] = [cpuMicros(), performance.now()]
  const job = { kind: 'open', ports, targets, mix: drawn, requests, perSecond } as const
  refuseFailures(await generator.run(job), 'requests')
  const micros = cpuMicros() - before
  const seconds = (performance.now() - startedAt) / 1_000
  return { perRequest: micros / drawn.length, perSecond: micros / seconds }
}

async function scrapeMicros(subject: Subject): Promise<number> {
  const all = Array.from({ length: scrapes }, () => get('/metrics'))
  await closedMicros(subject, 'on', all)
  return closedMicros(subject, 'on', all)
}

/** The requests of each kind by themselves, measured in turns. */
async function measureKinds(
  subject: Subject,
  arms: readonly Arm[],
  rounds: number,
  progress: (share: number) => void,
): Promise<Rounds<Arm>[]> {
  const kinds = requests.map((): Rounds<Arm> => ({ off: [], control: [], on: [], on_again: [] }))
  for (let round = 0; round < rounds; round++) {
    for (const [i, kind] of kinds.entries()) {
      const turn = Array.from({ length: perTurn[i]! }, () => requests[i]!)
      for (const arm of shuffled(arms, subject.random))
        kind[arm].push(await closedMicros(subject, arm, turn))
    }
    progress((round + 1) / rounds)
  }
  return kinds
}

const middle = (a: readonly number[], b: readonly number[]): number[] =>
  a.map((value, i) => (value + b[i]!) / 2)

/** The mean of the mix, of a value for each kind of its requests. */
const weighted = (values: readonly number[]): number =>
  values.reduce((sum, value, i) => sum + (value * mix[i]!.per1000) / 1_000, 0)

/** Measures engines that were made for it. */
async function measure(
  subject: Subject,
  arms: readonly Arm[],
  rounds: number,
  progress: (share: number) => void,
): Promise<Launch> {
  for (const arm of arms) await mixMicros(subject, arm, 30)
  const kinds = await measureKinds(subject, arms, rounds, progress)
  // Round by round: a drift of the machine falls on all arms of a round.
  const added = kinds.map(({ off, control, on, on_again }) => {
    const unwatched = middle(off, control)
    return trimmedMean(middle(on, on_again).map((watched, i) => watched - unwatched[i]!))
  })
  const level = (arm: 'off' | 'control'): number =>
    weighted(kinds.map((kind) => trimmedMean(kind[arm])))
  return {
    added_us: added,
    requests_us: weighted(added),
    control_ratio: level('control') / level('off'),
    off_us: (level('off') + level('control')) / 2,
    paced_us: (await pacedMicros(subject, ['off', 'control'], 16)).perRequest,
    scrape_us: await scrapeMicros(subject),
  }
}

/**
 * Returns the arms in the order in which their engines are made: those of one kind around those of
 * the other. Where an engine stands in that order changes its CPU by up to 2 %.
 */
function mirroredArms(launch: number, random: () => number): Arm[] {
  const off = shuffled<Arm>(['off', 'control'], random)
  const on = shuffled<Arm>(['on', 'on_again'], random)
  const [outer, inner] = launch % 2 === 0 ? [off, on] : [on, off]
  return [outer[0]!, ...inner, outer[1]!]
}

/** µs of CPU a second: what a background adds, and what none adds. */
interface Background {
  readonly added: readonly number[]
  readonly control: readonly number[]
}

/**
 * µs of CPU a second that monitoring takes besides requests, in a process that answers the
 * specified load: with the background of many engines and without it, in turns.
 */
async function backgroundMicros(
  surroundings: Surroundings,
  random: () => number,
  { switches, settle, windows, window }: Sizes,
  progress: (share: number) => void,
): Promise<Background> {
  return withEngines<Arm, Background>(surroundings, ['off'], async (portOf, generator) => {
    const subject = { portOf, generator, random }
    const load = async (seconds: number) =>
      (await pacedMicros(subject, ['off'], (seconds * perSecond) / wholeMix)).perSecond
    const block = async (): Promise<number[]> => {
      await load(settle)
      const found: number[] = []
      for (let i = 0; i < windows; i++) found.push(await load(window))
      return found
    }
    const without = [await block()]
    const blocks: number[][] = []
    for (let i = 0; i < switches; i++) {
      const started = await startBackgrounds(surroundings, backgrounds)
      blocks.push(await block())
      await started.stop()
      without.push(await block())
      progress((i + 1) / switches)
    }
    /** What a block takes more than those before and after it, for each background. */
    const beyond = (
      block: readonly number[],
      before: readonly number[],
      after: readonly number[],
    ) => {
      const level = trimmedMean([...before, ...after])
      return block.map((micros) => (micros - level) / backgrounds)
    }
    return {
      added: blocks.flatMap((block, i) => beyond(block, without[i]!, without[i + 1]!)),
      control: without
        .slice(1, -1)
        .flatMap((block, i) => beyond(block, without[i]!, without[i + 2]!)),
    }
  })
}

/** The CPU that monitoring adds, in % of that of a process without it. */
function overheadPct(
  launches: readonly Launch[],
  background: readonly number[],
  random: () => number,
): Figure {
  const recorded = ({ requests_us, scrape_us, paced_us }: Launch): number =>
    ((requests_us + scrape_us / perScrape) / paced_us) * 100
  const paced = trimmedMean(launches.map(({ paced_us }) => paced_us))
  return estimateFrom(
    (resample) =>
      trimmedMean(resample(launches).map(recorded)) +
      (trimmedMean(resample(background)) / perSecond / paced) * 100,
    '%',
    random,
  )
}

/**
 * The CPU verdict: engines with and without monitoring in one process answer the requests of the
 * specified mix in turns, each kind by itself: what monitoring adds to one, in µs, and its mean by
 * the weights of the mix. (In turns of the whole mix, the 2 % of requests that call Temporal hide
 * the others: their deviation is 50 times as large.) What monitoring does beside requests is
 * measured by itself, under the specified load, and added as its share of one. The sum is compared
 * with what a request takes at the specified rate.
 */
export const verdictCpu: Scenario = {
  name: 'verdict-cpu',
  doc: 'CPU verdict: engines on and off in one process, each request of the specified mix in turns, real Temporal',
  async run({ quick, random, progress }) {
    pin(process, 0)
    const sizes = quick ? quickly : full
    const surroundings = await startSurroundings()
    try {
      const background = await backgroundMicros(surroundings, random, sizes, (share) =>
        progress(share / 3),
      )
      const launches: Launch[] = []
      for (let launch = 0; launch < sizes.launches; launch++) {
        const arms = mirroredArms(launch, random)
        const show = (share: number): void =>
          progress(1 / 3 + ((launch + share) / sizes.launches) * (2 / 3))
        const found = await withEngines(surroundings, arms, (portOf, generator) =>
          measure({ portOf, generator, random }, arms, sizes.rounds, show),
        )
        launches.push(found)
        await surroundings.clear()
      }
      const of = (name: (typeof averaged)[number]): number[] =>
        launches.map((launch) => launch[name])
      const addedTo = (kind: number): number[] => launches.map(({ added_us }) => added_us[kind]!)
      const requestsPct = launches.map(
        ({ requests_us, paced_us }) => (requests_us / paced_us) * 100,
      )
      return {
        figures: defined({
          cpu_overhead_pct: overheadPct(launches, background.added, random),
          cpu_requests_pct: estimate(requestsPct, '%', random),
          launches_needed: launchesNeeded(requestsPct, wantedPct),
          requests_us: estimate(of('requests_us'), 'µs', random),
          ...Object.fromEntries(
            mix.map(({ name }, kind) => [`${name}_us`, estimate(addedTo(kind), 'µs', random)]),
          ),
          paced_us: estimate(of('paced_us'), 'µs', random),
          off_us: estimate(of('off_us'), 'µs', random),
          scrape_us: estimate(of('scrape_us'), 'µs', random),
          background_us_per_s: estimate(background.added, 'µs', random),
          control_background_us_per_s:
            background.control.length === 0
              ? undefined
              : estimate(background.control, 'µs', random),
        }),
        control: estimate(of('control_ratio'), 'ratio', random),
        raw: {
          ...Object.fromEntries(averaged.map((name) => [name, of(name)])),
          ...Object.fromEntries(mix.map(({ name }, kind) => [`${name}_us`, addedTo(kind)])),
          background_us_per_s: background.added,
          control_background_us_per_s: background.control,
        },
      }
    } finally {
      await surroundings.stop()
    }
  },
}
