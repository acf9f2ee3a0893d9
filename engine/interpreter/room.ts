import type { Effect } from '../kinds/steps.ts'
import type { Requests } from './requests.ts'

/**
 * Lets children start as fast as their requests can be sent. A collection of 100,000 items then
 * has some hundreds of them in progress, and carries only those when the run continues as new.
 */
export interface ChildRoom {
  /** Takes the room for one more child. Returns false when it has to wait. */
  take(): boolean
  /** Resumes when there may be room again. */
  readonly wait: Effect
  /**
   * Resumes the one that has waited longest, once all tasks wait and no request waits its turn.
   * Returns false when nobody waits or there is no room.
   */
  offer(): boolean
}

/** @param isBounded false for runs that an engine began which started all children at once */
export function createRoom(requests: Pick<Requests, 'freeCount'>, isBounded: boolean): ChildRoom {
  const waiting = new Set<() => void>()
  /** Children that have started since all tasks waited: what they ask for is not known yet. */
  let starts = 0
  const isThere = (): boolean => !isBounded || starts < requests.freeCount()
  return {
    take() {
      if (!isThere()) return false
      starts++
      return true
    },
    wait(resume) {
      const go = (): void => resume(undefined)
      waiting.add(go)
      return () => void waiting.delete(go)
    },
    offer() {
      starts = 0
      const [first] = waiting
      if (first === undefined || !isThere()) return false
      waiting.delete(first)
      first()
      return true
    },
  }
}
