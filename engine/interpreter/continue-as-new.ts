import type { HistoryLength } from '../definition/history-length.ts'
import type { RunStart } from '../definition/workflow-ir.ts'
import type { Requests } from './requests.ts'
import type { RunEnd } from './run-end.ts'
import { carriedSizeError } from './size/check-size.ts'
import { snapshotToJson, type RunSnapshot } from './snapshot/run-snapshot.ts'

/** Decides when a run continues as new, which bounds its history. */
export interface ContinueAsNew {
  /** Whether new requests must wait, so that the run can continue as new once it is idle. */
  isDue(history: HistoryLength): boolean
  /**
   * Returns the end of an idle run. Undefined when its state is too large to carry: the run goes on
   * until its history is full, and fails then.
   */
  endWith(snapshot: RunSnapshot, history: HistoryLength): RunEnd | undefined
}

/** Creates the decision for one run; revision 1 continues as new between two tasks instead. */
export function createContinueAsNew(
  start: RunStart,
  requests: Pick<Requests, 'openChildCount'>,
): ContinueAsNew {
  let isTooLargeToCarry = false
  return {
    isDue(history) {
      if (history === 'short') return false
      if (isTooLargeToCarry) return history === 'full'
      // A child's run may take days: until the history is really long, the others go on meanwhile.
      return history !== 'long' || requests.openChildCount() === 0
    },
    endWith(snapshot, history) {
      const carried = snapshotToJson(snapshot)
      const error = carriedSizeError(start, carried)
      if (error === undefined) return { type: 'continue_as_new', carried }
      if (history === 'full') return { type: 'fail', error }
      isTooLargeToCarry = true
      return undefined
    },
  }
}
