import type { Scenario } from '../scenario.ts'
import { type Case, compareWorkers } from '../worker-comparison.ts'

/** Calls of the tool, one after another. */
function inSequence(workflow: string, calls: number): Case['job'] {
  return { workflow, handWritten: { type: 'inSequence', calls } }
}

const tenCallsCase: Case = {
  suffix: '_10',
  job: inSequence('ten', 10),
  lanes: 4,
  runs: [36, 4],
}

const cases: readonly Case[] = [
  { suffix: '_1', job: inSequence('one', 1), lanes: 4, runs: [72, 12] },
  { suffix: '_1_alone', job: inSequence('one', 1), lanes: 1, runs: [36, 4] },
  { suffix: '_1_by_16', job: inSequence('one', 1), lanes: 16, runs: [144, 16] },
  tenCallsCase,
  { suffix: '_100', job: inSequence('hundred', 100), lanes: 4, runs: [4, 4] },
]

/** What the engine's interpreter costs a worker, beside the same workflow written by hand. */
export const workflow: Scenario = {
  name: 'workflow',
  doc: 'worker CPU and runs per second: monitoring on and off, compared with a hand-written workflow; 40 minutes',
  run: compareWorkers(cases, {
    full: { launches: 8, rounds: 2 },
    quick: { launches: 1, rounds: 3 },
  }),
}

/** The case of {@link workflow} that a change to a step moves most, for the guard. */
export const tenCalls: Scenario = {
  ...workflow,
  run: compareWorkers([tenCallsCase], {
    full: { launches: 8, rounds: 2 },
    quick: { launches: 1, rounds: 6 },
  }),
}
