import type { InterpreterRevision } from './run-protocol.ts'

/**
 * How long a run's history is. `long`: Temporal suggests to continue as new. `due`: the run
 * continues as new at the next chance. `full`: near the size at which Temporal terminates the run.
 */
export type HistoryLength = 'short' | 'long' | 'due' | 'full'

/** The size of a history, as Temporal reports it with each workflow task. */
export interface HistorySize {
  readonly events: number
  readonly bytes: number
  readonly isContinueAsNewSuggested: boolean
}

const dueEvents = 10_000
/** Open child runs may still bring results, up to 44 MB. */
const dueBytes = 16_000_000
const fullEvents = 40_000
const fullBytes = 40_000_000

/**
 * Returns how long a history is. The worker and whoever reads a history must agree, or the replay
 * gives other commands.
 */
export function historyLength(size: HistorySize, revision: InterpreterRevision): HistoryLength {
  const { events, bytes, isContinueAsNewSuggested } = size
  if (events >= fullEvents || bytes >= fullBytes) return 'full'
  if (events >= dueEvents || (revision > 3 && bytes >= dueBytes)) return 'due'
  return isContinueAsNewSuggested ? 'long' : 'short'
}
