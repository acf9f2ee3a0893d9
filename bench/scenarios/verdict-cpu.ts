import { defined } from '../../engine/core/defined.ts'
import { closedMicros, pacedMicros } from '../load/cpu-micros.ts'
import { pin, type Generator } from '../load/generator-process.ts'
import { drawMixes, get, mix, perSecond, type RequestName } from '../load/mix.ts'
import { backgroundMicros, type BackgroundSizes } from '../peers/background-micros.ts'
import { startSurroundings, withEngines } from '../peers/engines.ts'
import { shuffled, type Rounds } from '../rounds.ts'
import type { Scenario } from '../scenario.ts'
import { estimate, estimateFrom, launchesNeeded, trimmedMean, type Figure } from '../statistics.ts'

/** Requests of the specified load between two scrapes. */
const perScrape = 15_000
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

/** What a launch finds that is one number. */
const averaged = ['requests_us', 'control_ratio', 'off_us', 'paced_us', 'scrape_us'] as const

/** How long the scenario measures. */
interface Sizes extends BackgroundSizes {
  readonly launches: number
  readonly rounds: number
}

const full: Sizes = { launches: 16, rounds: 30, switches: 3, settle: 30, windows: 2, window: 15 }
const quickly: Sizes = { launches: 2, rounds: 8, switches: 1, settle: 10, windows: 2, window: 10 }

/**
 * Requests of one turn, for each of the mix: about a tenth of a second of CPU, so that a request
 * that calls Temporal (with a deviation 50 times that of another) does not hide the others.
 */
const perTurn: Readonly<Record<RequestName, number>> = {
  workflows: 300,
  workflow: 400,
  tools: 300,
  health: 300,
  runs: 20,
  start: 6,
}

/** Engines of one launch, their ports and the generator that asks them. */
interface Subject {
  portOf(arm: Arm): number
  readonly generator: Generator
  readonly random: () => number
}

const requests = mix.map(({ request }) => request)

async function scrapeMicros({ portOf, generator }: Subject): Promise<number> {
  const scrape = () => closedMicros(generator, portOf('on'), [get('/metrics')], scrapes)
  await scrape()
  return scrape()
}

/**
 * The requests of each kind by themselves, one kind after the other: what a start leaves to
 * Temporal and the worker would fall on the next kind. Of each round, the arms take turns.
 */
async function measureKinds(
  { portOf, generator, random }: Subject,
  arms: readonly Arm[],
  rounds: number,
  progress: (share: number) => void,
): Promise<Rounds<Arm>[]> {
  const kinds: Rounds<Arm>[] = []
  for (const { name, request } of mix) {
    const kind: Rounds<Arm> = { off: [], control: [], on: [], on_again: [] }
    const ask = (arm: Arm): Promise<number> =>
      closedMicros(generator, portOf(arm), [request], perTurn[name])
    for (const arm of arms) await ask(arm)
    for (let round = 0; round < rounds; round++) {
      for (const arm of shuffled(arms, random)) kind[arm].push(await ask(arm))
      progress((kinds.length + (round + 1) / rounds) / mix.length)
    }
    kinds.push(kind)
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
  for (const arm of arms) {
    const drawn = drawMixes(30, subject.random).map((i) => requests[i]!)
    await closedMicros(subject.generator, subject.portOf(arm), drawn)
  }
  const kinds = await measureKinds(subject, arms, rounds, progress)
  // Round by round: a drift of the machine falls on all arms of a round.
  const added = kinds.map(({ off, control, on, on_again }) => {
    const unwatched = middle(off, control)
    return trimmedMean(middle(on, on_again).map((watched, i) => watched - unwatched[i]!))
  })
  const level = (arm: 'off' | 'control'): number =>
    weighted(kinds.map((kind) => trimmedMean(kind[arm])))
  const unwatchedPorts = [subject.portOf('off'), subject.portOf('control')]
  return {
    added_us: added,
    requests_us: weighted(added),
    control_ratio: level('control') / level('off'),
    off_us: (level('off') + level('control')) / 2,
    paced_us: (await pacedMicros(subject.generator, unwatchedPorts, 16, subject.random)).perRequest,
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
 * specified mix in turns, one kind after the other: what monitoring adds to one, in µs, and its
 * mean by the weights of the mix. (In turns of the whole mix, the 2 % of requests that call
 * Temporal hide the others: their deviation is 50 times as large.) What monitoring does beside
 * requests is measured by itself, under the specified load, and added as its share of one. The sum
 * is compared with what a request takes at the specified rate.
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
