import { alternate, ratios, type Rounds } from '../rounds.ts'
import type { Scenario } from '../scenario.ts'
import { estimate, trimmedMean } from '../statistics.ts'
import { startWorkers } from '../workers.ts'

const items = 500
const job = { workflow: 'fan', handWritten: { type: 'inParallel', calls: items } }

/**
 * Two processes of each, the second half in the reverse order of the first: the CPU of the same
 * program differs by a tenth from process to process, and with the order in which they start.
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

/** What one launch of all processes finds, for each arm and round. */
interface Launch {
  readonly cpuMs: Rounds<Arm>
  readonly seconds: Rounds<Arm>
}

async function measureLaunch(
  rounds: number,
  random: () => number,
  progress: (share: number) => void,
  profileTo?: string,
): Promise<Launch> {
  const workers = await startWorkers(kinds, profileTo)
  const { arms } = workers
  try {
    // The first runs compile the code.
    for (let warm = 0; warm < 3; warm++) for (const arm of arms) await workers.execute(arm, job)
    const cpuMs = Object.fromEntries(arms.map((arm) => [arm, [] as number[]])) as Rounds<Arm>
    const seconds = await alternate({
      arms,
      rounds,
      measure: async (arm) => {
        const before = workers.cpuMs(arm)
        const startedAt = performance.now()
        await workers.execute(arm, job)
        const elapsed = performance.now() - startedAt
        cpuMs[arm].push(workers.cpuMs(arm) - before)
        return elapsed / 1_000
      },
      random,
      progress,
    })
    return { cpuMs, seconds }
  } finally {
    await workers.stop()
  }
}

const both = (rounds: Rounds<Arm>, arm: 'off' | 'on' | 'hand_written'): number[] =>
  rounds[arm].map((value, i) => (value + rounds[`${arm}_again`][i]!) / 2)

/** What one launch found, as numbers: each the middle of its rounds. */
function summarise({ cpuMs, seconds }: Launch) {
  const middle = (rounds: Rounds<Arm>) => ({
    off: both(rounds, 'off'),
    on: both(rounds, 'on'),
    hand_written: both(rounds, 'hand_written'),
  })
  const cpu = middle(cpuMs)
  const time = middle(seconds)
  return {
    seconds: trimmedMean(time.on),
    hand_written_seconds: trimmedMean(time.hand_written),
    seconds_vs_hand_written: trimmedMean(ratios(time, 'on', 'hand_written')),
    cpu_ms: trimmedMean(cpu.on),
    hand_written_cpu_ms: trimmedMean(cpu.hand_written),
    cpu_vs_hand_written: trimmedMean(ratios(cpu, 'on', 'hand_written')),
    cpu_on_vs_off: trimmedMean(ratios(cpu, 'on', 'off')),
    control: trimmedMean(ratios(cpuMs, 'hand_written_again', 'hand_written')),
  }
}

/** A collection whose every item is a tool call, beside a `Promise.all` over the same calls. */
export const collection: Scenario = {
  name: 'collection',
  doc: 'a collection of 500 items through a tool, compared with a hand-written workflow; 15 minutes',
  async run({ quick, random, progress, profileTo }) {
    const count = quick ? 1 : 8
    const launches: Launch[] = []
    for (let at = 0; at < count; at++)
      launches.push(
        await measureLaunch(
          quick ? 4 : 6,
          random,
          (share) => progress((at + share) / count),
          profileTo,
        ),
      )
    const found = launches.map(summarise)
    const of = (name: keyof ReturnType<typeof summarise>, unit: string) =>
      estimate(
        found.map((launch) => launch[name]),
        unit,
        random,
      )
    return {
      figures: {
        seconds: of('seconds', 's'),
        hand_written_seconds: of('hand_written_seconds', 's'),
        seconds_vs_hand_written: of('seconds_vs_hand_written', 'ratio'),
        cpu_ms: of('cpu_ms', 'ms'),
        hand_written_cpu_ms: of('hand_written_cpu_ms', 'ms'),
        cpu_vs_hand_written: of('cpu_vs_hand_written', 'ratio'),
        cpu_on_vs_off: of('cpu_on_vs_off', 'ratio'),
      },
      control: of('control', 'ratio'),
      raw: Object.fromEntries(
        (Object.keys(kinds) as Arm[]).flatMap((arm) => [
          [`${arm}_seconds`, launches.flatMap(({ seconds }) => seconds[arm])],
          [`${arm}_cpu_ms`, launches.flatMap(({ cpuMs }) => cpuMs[arm])],
        ]),
      ),
    }
  },
}
