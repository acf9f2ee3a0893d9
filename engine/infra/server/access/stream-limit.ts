import { CompozyError } from '../../../core/errors.ts'

/** Streams of events that one run may have at a time. */
const maximumPerRun = 100

/** Counts the open streams of events. */
export interface StreamLimit {
  /**
   * Takes a place for a stream and returns the function that gives it back. Throws CompozyError
   * `limit_reached` if the run or the server has as many as allowed.
   */
  enter(execId: string): () => void
}

/** Creates the limit of one server. */
export function createStreamLimit(maximum: number): StreamLimit {
  const byRun = new Map<string, number>()
  let total = 0
  return {
    enter(execId) {
      const ofRun = byRun.get(execId) ?? 0
      if (ofRun >= maximumPerRun || total >= maximum) {
        const limit =
          ofRun >= maximumPerRun ? `${maximumPerRun} of one run` : `${maximum} (server.max_streams)`
        throw new CompozyError(
          'limit_reached',
          `too many open streams of events, at most ${limit}; close one or poll the execution`,
        )
      }
      byRun.set(execId, ofRun + 1)
      total++
      return () => {
        total--
        const rest = byRun.get(execId)! - 1
        if (rest === 0) byRun.delete(execId)
        else byRun.set(execId, rest)
      }
    },
  }
}
