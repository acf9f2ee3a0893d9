import type { HistoryLength } from '../definition/history-length.ts'
import type { InterpreterRevision } from '../definition/run-protocol.ts'
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
   * Called after a step in which new requests wait. Calls `goOn` a minute later if some of the
   * requests that are open now still are: they may take hours, or need what waits. The run then
   * continues as new once those have ended, or its history is full.
   */
  waitFor(history: HistoryLength, goOn: () => void): void
  /**
   * Returns the end of an idle run. Undefined when its state is too large to carry: the run goes on
   * until its history is full, and fails then.
   */
  endWith(snapshot: RunSnapshot, history: HistoryLength): RunEnd | undefined
}

/** How long new requests wait for those in progress, ms. */
const patienceMs = 60_000

/** Creates the decision for one run; revision 1 continues as new between two tasks instead. */
export function createContinueAsNew(
  start: RunStart,
  requests: Pick<Requests, 'openChildCount' | 'openCount' | 'openNow' | 'send'>,
  revision: InterpreterRevision,
): ContinueAsNew {
  let isTooLargeToCarry = false
  let isWaiting = false
  let areSlowOpen = (): boolean => false
  return {
    isDue(history) {
      if (history === 'short') return false
      if (isTooLargeToCarry) return history === 'full'
      if (history !== 'full' && areSlowOpen()) return false
      // A child's run may take days: until the history is really long, the others go on meanwhile.
      return history !== 'long' || requests.openChildCount() === 0
    },
    waitFor(history, goOn) {
      if (revision < 5 || isWaiting || history === 'full' || requests.openCount() === 0) return
      isWaiting = true
      const wait = requests.send({ type: 'start_timer', ms: patienceMs })
      wait(() => {
        isWaiting = false
        if (requests.openCount() === 0) return
        areSlowOpen = requests.openNow()
        goOn()
      })
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
