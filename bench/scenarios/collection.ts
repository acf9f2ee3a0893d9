import type { Scenario } from '../scenario.ts'
import { type Case, compareWorkers } from '../worker-comparison.ts'

const fan: Case = {
  suffix: '',
  job: { workflow: 'fan', handWritten: { type: 'inParallel', calls: 500 } },
  lanes: 1,
  runs: 1,
  rounds: [6, 4],
  // After 3, the CPU of a run still falls by a quarter, most in the processes that started first.
  warmUps: 12,
}

/** A collection whose every item is a tool call, beside a `Promise.all` over the same calls. */
export const collection: Scenario = {
  name: 'collection',
  doc: 'a collection of 500 items through a tool, compared with a hand-written workflow; 25 minutes',
  run: compareWorkers([fan], { launches: [8, 1] }),
}
