import { setTimeout as sleep } from 'node:timers/promises'
import { seeded } from '../../bench/statistics.ts'
import { deal, faultsFor, type Fault } from './faults.ts'
import { startFleet, type Fleet } from './fleet.ts'
import { failuresOf, openLoad, sumOf, type OpenLoad } from './open-load.ts'
import { missedAt, quietPoint, type QuietPoint } from './quiet-point.ts'

/** What to run. */
export interface ChaosOptions {
  /** Repeats the faults, their order and their lengths. */
  readonly seed: number
  readonly seconds: number
  /** Strikes only with faults whose name begins so. */
  readonly only?: string
  /** Prints a line as it happens. */
  readonly print: (line: string) => void
}

/** What came of it. */
export interface ChaosReport {
  /** Times that each fault came. */
  readonly faults: ReadonlyMap<string, number>
  readonly quietPoints: readonly QuietPoint[]
  /** Requests by phase: the fault that lasted, `between` faults, or `quiet`. */
  readonly requests: OpenLoad['answers']
  /** Requests that failed while a member was rolled. */
  readonly failedInRolls: number
}

const reads = 50
const readsWhileRolling = 300
const starts = 2
const quietEveryMs = 100_000

async function strike(fault: Fault, fleet: Fleet, load: OpenLoad, random: () => number) {
  if (fault.isRoll) {
    // What the fault before broke is not the roll's.
    await fleet.settled()
  }
  load.rate(fault.isRoll ? readsWhileRolling : reads, starts, fault.inputBytes)
  load.phase(fault.name)
  const before = load.answers.get(fault.name)
  const [sentBefore, failedBefore] = [sumOf(before), failuresOf(before)]
  const detail = await fault.strike(fleet, random)
  if (fault.isRoll) await fleet.settled()
  load.phase('between')
  load.rate(reads, starts)
  if (fault.isRoll) await load.drained()
  const after = load.answers.get(fault.name)
  return `${detail}): failed ${failuresOf(after) - failedBefore} of ${sumOf(after) - sentBefore} requests`
}

/** Two engines and a worker under load, with one fault after the other until the time is over. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { print } = options
  const fleet = await startFleet()
  try {
    for (const role of ['start', 'start', 'worker'] as const) await fleet.grow(role)
    await fleet.settled()
    if (fleet.disk.fill === undefined) print('no file system can be mounted: the disk stays free')
    return await strikeFor(fleet, options)
  } finally {
    await fleet.stop()
  }
}

async function strikeFor(
  fleet: Fleet,
  { seed, seconds, only = '', print }: ChaosOptions,
): Promise<ChaosReport> {
  const random = seeded(seed)
  const able = faultsFor(fleet).filter(({ name }) => name.startsWith(only))
  if (able.length === 0) throw new Error(`no fault begins with ${only}`)
  const load = openLoad(fleet.balancer.url)
  const faults = new Map<string, number>()
  const quietPoints: QuietPoint[] = []
  const isRoll = new Set<string>()
  const beganAt = performance.now()
  const since = (): string => `${((performance.now() - beganAt) / 1_000).toFixed(1).padStart(7)} s`
  let quietAt = beganAt

  async function comeToRest(): Promise<void> {
    load.phase('quiet')
    load.rate(0, 0)
    const point = await quietPoint(fleet, load)
    quietPoints.push(point)
    print(`${since()}  quiet: ${describe(point)}`)
    load.phase('between')
    load.rate(reads, starts)
    quietAt = performance.now()
  }

  load.rate(reads, starts)
  try {
    for (const fault of deal(able, random)) {
      const at = since()
      const detail = await strike(fault, fleet, load, random)
      print(`${at}  ${fault.name} (${detail}`)
      faults.set(fault.name, (faults.get(fault.name) ?? 0) + 1)
      if (fault.isRoll) isRoll.add(fault.name)
      await sleep(1_000 + random() * 2_000)
      if (performance.now() - beganAt > seconds * 1_000) break
      if (performance.now() - quietAt > quietEveryMs) await comeToRest()
    }
    await comeToRest()
  } finally {
    await load.stop()
  }
  const { answers } = load
  const failedInRolls = [...isRoll].reduce((sum, name) => sum + failuresOf(answers.get(name)), 0)
  return { faults, quietPoints, requests: answers, failedInRolls }
}

/** One line about a quiet point. */
function describe(point: QuietPoint): string {
  const missed = missedAt(point)
  return [
    `${point.answered} starts answered, ${point.unanswered} not`,
    `Temporal ${JSON.stringify(point.temporal)}`,
    `lost ${point.lost}`,
    `counted ${point.started} started, ${point.completed} completed`,
    `missed ${missed.started} and ${missed.completed}`,
    `SIGKILL held at most ${point.heldByKills.started} and ${point.heldByKills.completed}`,
  ].join('; ')
}
