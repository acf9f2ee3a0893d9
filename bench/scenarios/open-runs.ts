import { openArms, startOpenWorkers, type OpenArm, type WorkerMemory } from '../open-workers.ts'
import { shuffled } from '../rounds.ts'
import type { Scenario } from '../scenario.ts'
import { estimate, type Figure } from '../statistics.ts'

/** Runs that are open at once. */
const sizes = [500, 1_000, 3_000] as const
/** Runs that are opened and completed first: what a worker loads once is not a run's. */
const warming = 50
const launches = 4

const parts = ['rss', 'workflows', 'main'] as const
type Part = (typeof parts)[number]

/** What one open run holds, kB, by arm, part and number of open runs, launch by launch. */
type Held = Record<string, number[]>
const key = (arm: OpenArm, part: Part, size: number): string => `${arm}_${part}_kb_${size}`

/** One launch of all arms: each opens runs up to every size. */
async function launch(random: () => number, held: Held, after: () => void): Promise<void> {
  const workers = await startOpenWorkers()
  try {
    const before = {} as Record<OpenArm, WorkerMemory>
    for (const arm of openArms) {
      await workers.openUpTo(arm, warming)
      await workers.complete(arm)
      before[arm] = await workers.memory(arm)
    }
    for (const size of sizes) {
      for (const arm of shuffled(openArms, random)) {
        await workers.openUpTo(arm, size)
        const now = await workers.memory(arm)
        for (const part of parts)
          (held[key(arm, part, size)] ??= []).push((now[part] - before[arm][part]) / size / 1_024)
        ;(held[`${arm}_rss_mb_${size}`] ??= []).push(now.rss / 2 ** 20)
        after()
      }
    }
  } finally {
    await workers.stop()
  }
}

/** What an open run holds in a worker's memory, beside one that is written by hand. */
export const openRuns: Scenario = {
  name: 'open-runs',
  doc: 'memory of a run that waits for a signal, compared with a hand-written workflow',
  async run({ quick, random, progress }) {
    const held: Held = {}
    const count = quick ? 2 : launches
    const steps = count * sizes.length * openArms.length
    let done = 0
    for (let i = 0; i < count; i++) await launch(random, held, () => progress(++done / steps))
    const ratio = (part: Part, size: number, of: OpenArm, to: OpenArm): number[] =>
      held[key(of, part, size)]!.map((value, i) => value / held[key(to, part, size)]![i]!)
    const figures: Record<string, Figure> = {}
    for (const size of sizes) {
      const vsHandWritten = (part: Part): Figure =>
        estimate(ratio(part, size, 'engine', 'hand_written'), 'ratio', random)
      figures[`rss_vs_hand_written_${size}`] = vsHandWritten('rss')
      figures[`heap_vs_hand_written_${size}`] = vsHandWritten('workflows')
      for (const arm of ['engine', 'hand_written'] as const) {
        for (const part of parts)
          figures[key(arm, part, size)] = estimate(held[key(arm, part, size)]!, 'kB', random)
        figures[`${arm}_rss_mb_${size}`] = estimate(held[`${arm}_rss_mb_${size}`]!, 'MB', random)
      }
    }
    const controls = sizes.flatMap((size) => ratio('rss', size, 'control', 'engine'))
    return { figures, control: estimate(controls, 'ratio', random), raw: held }
  },
}
