import { alternate, ratios } from '../rounds.ts'
import type { Scenario } from '../scenario.ts'
import { estimate } from '../statistics.ts'
import { startWorkers, workerArms } from '../workers.ts'

const items = 500
const job = { workflow: 'fan', handWritten: { type: 'inParallel', calls: items } }

/** A collection whose every item is a tool call, beside a `Promise.all` over the same calls. */
export const collection: Scenario = {
  name: 'collection',
  doc: 'a collection of 500 items through a tool, compared with a hand-written workflow',
  async run({ quick, random, progress, profileTo }) {
    const workers = await startWorkers(profileTo)
    try {
      for (const arm of workerArms) await workers.execute(arm, job)
      const cpu: Record<string, number[]> = {}
      const seconds = await alternate({
        arms: workerArms,
        rounds: quick ? 4 : 40,
        measure: async (arm) => {
          const before = workers.cpuMs(arm)
          const startedAt = performance.now()
          await workers.execute(arm, job)
          const elapsed = performance.now() - startedAt
          ;(cpu[arm] ??= []).push(workers.cpuMs(arm) - before)
          return elapsed / 1_000
        },
        random,
        progress,
      })
      const cpuMs = cpu as typeof seconds
      return {
        figures: {
          seconds: estimate(seconds.on, 's', random),
          hand_written_seconds: estimate(seconds.hand_written, 's', random),
          seconds_vs_hand_written: estimate(ratios(seconds, 'on', 'hand_written'), 'ratio', random),
          cpu_ms: estimate(cpuMs.on, 'ms', random),
          hand_written_cpu_ms: estimate(cpuMs.hand_written, 'ms', random),
          cpu_vs_hand_written: estimate(ratios(cpuMs, 'on', 'hand_written'), 'ratio', random),
          cpu_on_vs_off: estimate(ratios(cpuMs, 'on', 'off', 'control'), 'ratio', random),
        },
        control: estimate(ratios(cpuMs, 'control', 'off'), 'ratio', random),
        raw: Object.fromEntries(
          workerArms.flatMap((arm) => [
            [`${arm}_seconds`, seconds[arm]],
            [`${arm}_cpu_ms`, cpuMs[arm]],
          ]),
        ),
      }
    } finally {
      await workers.stop()
    }
  },
}
