import type { InterpreterRevision } from '../../definition/run-protocol.ts'

/** Reports whether a pause needs no timer: Temporal takes about a second for one of 0. */
export function skipsTimer(ms: number, revision: InterpreterRevision): boolean {
  return ms === 0 && revision > 7
}
