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
  runs: 4,
  rounds: [16, 6],
}

const cases: readonly Case[] = [
  // The first case: what all of them share is compiled in its first runs.
  { suffix: '_1', job: inSequence('one', 1), lanes: 4, runs: 16, rounds: [12, 3], warmUps: 48 },
  { suffix: '_1_alone', job: inSequence('one', 1), lanes: 1, runs: 6, rounds: [12, 3] },
  { suffix: '_1_by_16', job: inSequence('one', 1), lanes: 16, runs: 32, rounds: [9, 3] },
  tenCallsCase,
  { suffix: '_100', job: inSequence('hundred', 100), lanes: 4, runs: 4, rounds: [5, 2] },
]

/** What the engine's interpreter costs a worker, beside the same workflow written by hand. */
export const workflow: Scenario = {
  name: 'workflow',
  doc: 'worker CPU and runs per second: monitoring on and off, compared with a hand-written workflow; an hour',
  run: compareWorkers(cases, { launches: [8, 1] }),
}

/** The case of {@link workflow} that a change to a step moves most, for the guard. */
export const tenCalls: Scenario = {
  ...workflow,
  run: compareWorkers([tenCallsCase], { launches: [8, 1] }),
}
