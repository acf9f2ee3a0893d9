import { alternate, shuffled, type Rounds } from './rounds.ts'
import type { Scenario } from './scenario.ts'
import { estimate, type Figure, mean } from './statistics.ts'
import { type Job, startWorkers, type WorkerKind, type Workers } from './workers.ts'

/**
 * Two processes of each kind, the second half in the reverse order of the first: the CPU of the
 * same program differs by a tenth from process to process, and with the order in which they start.
 */
const kinds = {
  off: 'off',
  on: 'on',
  hand_written: 'hand_written',
  hand_written_again: 'hand_written',
  on_again: 'on',
  off_again: 'off',
} as const
type Arm = keyof typeof kinds
const arms = Object.keys(kinds) as Arm[]

/** Work that every worker does. */
export interface Case {
  /** Ends the names of its figures. */
  readonly suffix: string
  readonly job: Job
  /** Runs at a time. */
  readonly lanes: number
  /**
   * Runs of one round, about a second of work: the machine's speed drifts within a few, and a
   * process that works that long alone has all of a drift.
   */
  readonly runs: number
  /** Rounds of one launch, in full and quick. */
  readonly rounds: readonly [number, number]
  /** Runs of each process before its first round. Default: one for each lane, and at least 3. */
  readonly warmUps?: number
}

/** What one launch of all processes finds for a case, by process and round. */
interface Launch {
  /** CPU of the worker for one run, ms. */
  readonly cpuMs: Rounds<Arm>
  readonly perSecond: Rounds<Arm>
}

/** Does the work so many times, so many at a time. */
async function inLanes(count: number, lanes: number, work: () => Promise<void>): Promise<void> {
  let left = count
  const lane = async (): Promise<void> => {
    while (left-- > 0) await work()
  }
  await Promise.all(Array.from({ length: lanes }, lane))
}

async function measureCase(
  workers: Workers<Arm>,
  { job, lanes, runs, warmUps = Math.max(3, lanes) }: Case,
  options: { rounds: number; random: () => number; progress: (share: number) => void },
): Promise<Launch> {
  const { random } = options
  // The first runs compile the code. They take turns as the rounds do: a process that is warmed up
  // in one piece and then left alone while the others are is slower for many rounds.
  for (let done = 0; done < warmUps; done += lanes)
    for (const arm of shuffled(arms, random))
      await inLanes(lanes, lanes, () => workers.execute(arm, job))
  const perSecond = Object.fromEntries(arms.map((arm) => [arm, [] as number[]])) as Rounds<Arm>
  const cpuMs = await alternate({
    arms,
    measure: async (arm) => {
      const before = workers.cpuMs(arm)
      const startedAt = performance.now()
      await inLanes(runs, lanes, () => workers.execute(arm, job))
      perSecond[arm].push((runs * 1_000) / (performance.now() - startedAt))
      return (workers.cpuMs(arm) - before) / runs
    },
    ...options,
  })
  return { cpuMs, perSecond }
}

/** Round by round, the mean of both processes of a kind. */
function byKind(rounds: Rounds<Arm>): Rounds<WorkerKind> {
  const both = (kind: WorkerKind): number[] =>
    rounds[kind].map((value, i) => (value + rounds[`${kind}_again`][i]!) / 2)
  return { off: both('off'), on: both('on'), hand_written: both('hand_written') }
}

/**
 * The values that decide: a launch counts with the means of its rounds, which share its processes.
 * A quotient is one of means, because noise in a divisor biases a mean of quotients upward. With a
 * single launch, all that there is time for, its rounds are what there is.
 */
const decisive = (
  launches: readonly (readonly number[])[],
  dividedBy?: readonly (readonly number[])[],
): readonly number[] => {
  const values = launches.length === 1 ? launches[0]! : launches.map(mean)
  return dividedBy === undefined
    ? values
    : decisive(dividedBy).map((divisor, i) => values[i]! / divisor)
}

function figuresOf(
  launches: readonly Launch[],
  suffix: string,
  random: () => number,
): Readonly<Record<string, Figure>> {
  const figures: Record<string, Figure> = {}
  for (const [quantity, unit, measured] of [
    ['cpu', 'ms', launches.map(({ cpuMs }) => byKind(cpuMs))],
    ['throughput', '1/s', launches.map(({ perSecond }) => byKind(perSecond))],
  ] as const) {
    const of = (kind: WorkerKind): number[][] => measured.map((rounds) => rounds[kind])
    const name = quantity === 'cpu' ? 'cpu_ms' : 'per_second'
    for (const kind of ['off', 'on', 'hand_written'] as const)
      figures[`${kind}_${name}${suffix}`] = estimate(decisive(of(kind)), unit, random)
    for (const [against, other] of [
      ['vs_hand_written', 'hand_written'],
      ['on_vs_off', 'off'],
    ] as const)
      figures[`${quantity}_${against}${suffix}`] = estimate(
        decisive(of('on'), of(other)),
        'ratio',
        random,
      )
  }
  return figures
}

function rawOf(launches: readonly Launch[], suffix: string): Readonly<Record<string, number[]>> {
  return Object.fromEntries(
    arms.flatMap((arm) => [
      [`${arm}_cpu_ms${suffix}`, launches.flatMap(({ cpuMs }) => cpuMs[arm])],
      [`${arm}_per_second${suffix}`, launches.flatMap(({ perSecond }) => perSecond[arm])],
    ]),
  )
}

/**
 * Compares an engine, with monitoring and without, with workflows written by hand that call the
 * same tool as often. The control is a worker written by hand beside another one.
 */
export function compareWorkers(
  cases: readonly Case[],
  { launches: [full, short] }: { readonly launches: readonly [full: number, quick: number] },
): Scenario['run'] {
  return async ({ quick, random, progress, profileTo }) => {
    const launches = quick ? short : full
    const found = new Map(cases.map((each) => [each, [] as Launch[]]))
    for (let launch = 0; launch < launches; launch++) {
      const workers = await startWorkers(kinds, profileTo)
      try {
        for (const [index, each] of cases.entries()) {
          const done = launch + index / cases.length
          const show = (share: number): void => progress((done + share / cases.length) / launches)
          const rounds = each.rounds[quick ? 1 : 0]
          const options = { rounds, random, progress: show }
          found.get(each)!.push(await measureCase(workers, each, options))
        }
      } finally {
        await workers.stop()
      }
    }
    // The cases of one launch share its processes.
    const controls = [...found.values()].map((each) => {
      const of = (arm: Arm): number[][] => each.map(({ cpuMs }) => cpuMs[arm])
      return decisive(of('hand_written_again'), of('hand_written'))
    })
    const control =
      launches === 1
        ? controls.flat()
        : Array.from({ length: launches }, (_, launch) => mean(controls.map((of) => of[launch]!)))
    const of = <V>(what: (launches: readonly Launch[], suffix: string) => Record<string, V>) =>
      Object.assign({}, ...[...found].map(([{ suffix }, each]) => what(each, suffix))) as Record<
        string,
        V
      >
    return {
      figures: of((each, suffix) => figuresOf(each, suffix, random)),
      control: estimate(control, 'ratio', random),
      raw: of(rawOf),
    }
  }
}
