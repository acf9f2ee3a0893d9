import { bytesText, limits } from '../../core/limits.ts'

/** Says that a run takes no further signal of a name. */
export function fullOfSignals(execId: string, name: string): string {
  return (
    `run ${execId} keeps as many signals "${name}" as it may until a task takes some: ` +
    `${limits.pendingSignals}, or ${bytesText(limits.pendingSignalBytes)} of all names`
  )
}

/**
 * Says that the run that started a child has no room for the child's result.
 * @param bytes size of that run's history
 */
export function fullHistory(execId: string, bytes: number): string {
  return (
    `the history of run ${execId}, which started it, is ${bytesText(bytes)}; ` +
    `at most ${bytesText(limits.historyWithOutputBytes)} together are allowed; ` +
    'return less, or start fewer children at a time (max_workers, batch)'
  )
}
