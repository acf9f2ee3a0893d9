import type { Effect } from '../kinds/steps.ts'
import { ActivationBudget } from '../template/sandbox.ts'

/**
 * Work that one step may do before the run yields to Temporal, in steps of about a microsecond.
 * Temporal retries a workflow task of more than 10 s forever, and the SDK ends one after 5 s.
 */
const workPerStep = 500_000

/** What starting and ending a task costs, its templates apart. */
const workPerTask = 50

/**
 * The work of one step of a run. It is counted, not timed, so that a replay yields at the same
 * places.
 */
export interface Slice {
  begin(): void
  startTask(): void
  isSpent(): boolean
  /** What the templates of this step share; undefined where the run is not bounded. */
  activation(): ActivationBudget | undefined
  /** Resumes when it is the steps' turn again: at once, or after the run has yielded. */
  readonly nextTurn: Effect
}

/** @param isBounded false for runs that an engine began which never yielded */
export function createSlice(isBounded: boolean): Slice {
  let work = 0
  let activation = new ActivationBudget()
  return {
    begin() {
      work = 0
      activation = new ActivationBudget()
    },
    activation: () => (isBounded ? activation : undefined),
    startTask() {
      work += workPerTask
    },
    isSpent: () => isBounded && work + activation.spent > workPerStep,
    nextTurn: (resume) => {
      resume(undefined)
      return () => undefined
    },
  }
}
