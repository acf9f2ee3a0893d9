import { alternate, ratios } from '../rounds.ts'
import type { Scenario } from '../scenario.ts'
import { estimate, type Figure } from '../statistics.ts'
import { startWorkers, type Workers } from '../workers.ts'

const kinds = { off: 'off', control: 'off', on: 'on', hand_written: 'hand_written' } as const
type WorkerArm = keyof typeof kinds

interface Case {
  /** Ends the names of its figures. */
  readonly name: string
  readonly workflow: string
  /** Calls of the tool, one after another. */
  readonly calls: number
  /** Runs at a time. */
  readonly lanes: number
  /** Runs of one round, in full and quick. */
  readonly runs: readonly [number, number]
}

const cases: readonly Case[] = [
  { name: '1', workflow: 'one', calls: 1, lanes: 4, runs: [24, 12] },
  { name: '1_alone', workflow: 'one', calls: 1, lanes: 1, runs: [12, 4] },
  { name: '1_by_16', workflow: 'one', calls: 1, lanes: 16, runs: [48, 16] },
  { name: '10', workflow: 'ten', calls: 10, lanes: 4, runs: [12, 4] },
  { name: '100', workflow: 'hundred', calls: 100, lanes: 4, runs: [4, 4] },
]

/** Does the work so many times, so many at a time. */
async function inLanes(count: number, lanes: number, work: () => Promise<void>): Promise<void> {
  let left = count
  const lane = async (): Promise<void> => {
    while (left-- > 0) await work()
  }
  await Promise.all(Array.from({ length: lanes }, lane))
}

async function measure(
  workers: Workers<WorkerArm>,
  { workflow, calls, lanes, runs }: Case,
  options: {
    quick: boolean
    rounds: number
    random: () => number
    progress: (share: number) => void
  },
) {
  const { quick, rounds, random, progress } = options
  const count = runs[quick ? 1 : 0]
  const job = { workflow, handWritten: { type: 'inSequence', calls } }
  const perSecond: Record<string, number[]> = {}
  for (const arm of workers.arms) await inLanes(lanes, lanes, () => workers.execute(arm, job))
  const cpu = await alternate({
    arms: workers.arms,
    rounds,
    measure: async (arm) => {
      const before = workers.cpuMs(arm)
      const startedAt = performance.now()
      await inLanes(count, lanes, () => workers.execute(arm, job))
      ;(perSecond[arm] ??= []).push((count * 1_000) / (performance.now() - startedAt))
      return (workers.cpuMs(arm) - before) / count
    },
    random,
    progress,
  })
  return { cpu, perSecond: perSecond as Record<WorkerArm, number[]> }
}

/** @param quickRounds rounds of each case when there is little time */
function compareWorkers(cases: readonly Case[], quickRounds: number): Scenario['run'] {
  return async ({ quick, random, progress, profileTo }) => {
    const workers = await startWorkers(kinds, profileTo)
    const figures: Record<string, Figure> = {}
    const raw: Record<string, number[]> = {}
    const controls: number[] = []
    try {
      for (const [index, each] of cases.entries()) {
        const { name } = each
        const { cpu, perSecond } = await measure(workers, each, {
          quick,
          rounds: quick ? quickRounds : 40,
          random,
          progress: (share) => progress((index + share) / cases.length),
        })
        for (const arm of workers.arms) {
          raw[`${arm}_cpu_ms_${name}`] = cpu[arm]
          raw[`${arm}_per_second_${name}`] = perSecond[arm]
          figures[`${arm}_cpu_ms_${name}`] = estimate(cpu[arm], 'ms', random)
          figures[`${arm}_per_second_${name}`] = estimate(perSecond[arm], '1/s', random)
        }
        const ratio = (of: Record<WorkerArm, number[]>, ...to: WorkerArm[]) =>
          estimate(ratios(of, 'on', ...to), 'ratio', random)
        figures[`cpu_vs_hand_written_${name}`] = ratio(cpu, 'hand_written')
        figures[`throughput_vs_hand_written_${name}`] = ratio(perSecond, 'hand_written')
        figures[`cpu_on_vs_off_${name}`] = ratio(cpu, 'off', 'control')
        figures[`throughput_on_vs_off_${name}`] = ratio(perSecond, 'off', 'control')
        controls.push(...ratios(cpu, 'control', 'off'))
      }
      return { figures, control: estimate(controls, 'ratio', random), raw }
    } finally {
      await workers.stop()
    }
  }
}

/** What the engine's interpreter costs a worker, beside the same workflow written by hand. */
export const workflow: Scenario = {
  name: 'workflow',
  doc: 'worker CPU and runs per second: monitoring on and off, compared with a hand-written workflow',
  run: compareWorkers(cases, 3),
}

/** The case of {@link workflow} that a change to a step moves most, for the guard. */
export const tenCalls: Scenario = {
  ...workflow,
  run: compareWorkers(
    cases.filter(({ name }) => name === '10'),
    6,
  ),
}
