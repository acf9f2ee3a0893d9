import type { JsonValue } from '../core/json.ts'
import type { TaskError } from '../core/task-error.ts'
import type { Effect } from '../kinds/steps.ts'
import type { Command } from '../definition/run-protocol.ts'

type NumberedCommand = Exclude<Extract<Command, { seq: number }>, { type: 'cancel' }>
type WithoutSeq<C> = C extends unknown ? Omit<C, 'seq'> : never

/** A command that is answered, before it has its number. */
export type RunRequest = WithoutSeq<NumberedCommand>

/** The one answer to a request. */
export type RequestAnswer =
  | { readonly ok: true; readonly value: JsonValue }
  | { readonly ok: false; readonly error: TaskError }

/**
 * How many requests of a run, timers apart, are open at once; further ones wait for their turn. Temporal refuses a run
 * that has more than 2,000 of a kind open.
 */
const maximumOpenRequests = 1_000

interface OpenRequest {
  readonly counted: boolean
  readonly resume: (answer: RequestAnswer) => void
}

/** Sends requests and brings their answers back. */
export interface Requests {
  /** Resumes with an {@link RequestAnswer}; taking it back cancels the command. */
  send(request: RunRequest): Effect
  answer(seq: number, answer: RequestAnswer): void
  /** Sends what waited for its turn. Not done by itself: what a cancellation makes room for may be cancelled next. */
  sendQueued(): void
}

/** @param emit receives the commands, numbered from 1 in the order of their sending */
export function createRequests(emit: (command: Command) => void): Requests {
  const open = new Map<number, OpenRequest>()
  /** Requests that wait for their turn, oldest first. */
  const queue = new Set<() => void>()
  let lastSeq = 0
  let counted = 0

  const sendNow = (request: RunRequest, counts: boolean, resume: OpenRequest['resume']): number => {
    const seq = ++lastSeq
    open.set(seq, { counted: counts, resume })
    if (counts) counted++
    emit({ ...request, seq })
    return seq
  }

  const close = (seq: number): OpenRequest | undefined => {
    const found = open.get(seq)
    open.delete(seq)
    if (found?.counted === true) counted--
    return found
  }

  return {
    send: (request) => (resume) => {
      const counts = request.type !== 'start_timer'
      let seq: number | undefined
      const go = (): void => {
        seq = sendNow(request, counts, resume)
      }
      if (counts && counted >= maximumOpenRequests) queue.add(go)
      else go()
      return () => {
        if (queue.delete(go) || seq === undefined || close(seq) === undefined) return
        emit({ type: 'cancel', seq })
      }
    },
    answer(seq, answer) {
      close(seq)?.resume(answer)
    },
    sendQueued() {
      for (const next of queue) {
        if (counted >= maximumOpenRequests) return
        queue.delete(next)
        next()
      }
    },
  }
}
