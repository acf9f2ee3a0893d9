import type { JsonValue } from '../core/json.ts'
import { bytesOver, limits } from '../core/limits.ts'
import type { LimitName } from '../core/observation.ts'
import type { TaskError } from '../core/task-error.ts'
import type { Effect } from '../kinds/steps.ts'
import type { Command, InterpreterRevision } from '../definition/run-protocol.ts'

type NumberedCommand = Exclude<Extract<Command, { seq: number }>, { type: 'cancel' }>
type WithoutSeq<C> = C extends unknown ? Omit<C, 'seq'> : never

/** A command that is answered, before it has its number. */
export type RunRequest = WithoutSeq<NumberedCommand>

/** The one answer to a request. */
export type RequestAnswer =
  | { readonly ok: true; readonly value: JsonValue }
  | {
      readonly ok: false
      readonly error: TaskError
      readonly limit?: LimitName | 'counted' | undefined
    }

/**
 * Requests of a run, timers apart, that are open at once. Temporal refuses a run that has more than
 * 2,000 of a kind open. Far fewer keep workflow tasks short on a worker that gets little CPU: one
 * that takes 10 s times out, and the worker replays the whole history.
 */
const maximumOpenRequests = 500

/** By which rules a run sends. */
export interface RequestRules {
  readonly maximumOpen: number
  /** Returns the bytes of a request; 0 for every request where a run is not limited by bytes. */
  readonly measure: MeasureRequest
  /** Whether the start of a child is sent in a later workflow task than the request. */
  readonly startsLater: boolean
}

/** Returns the rules of a run that an engine of this revision began. */
export function requestRulesOf(revision: InterpreterRevision): RequestRules {
  return {
    maximumOpen: revision > 2 ? maximumOpenRequests : 1_000,
    measure: revision > 1 ? measureRequest : () => 0,
    startsLater: revision > 9,
  }
}

interface OpenRequest {
  readonly type: RunRequest['type']
  readonly resume: (answer: RequestAnswer) => void
}

/** Sends requests and brings their answers back. */
export interface Requests {
  /** Resumes with a {@link RequestAnswer}. Taking it back cancels the command. */
  send(request: RunRequest): Effect
  answer(seq: number, answer: RequestAnswer): void
  /** Begins a step: the bytes of the last one no longer count. */
  beginStep(): void
  /**
   * Sends what waited its turn. The interpreter calls it after each event, not on a cancellation:
   * requests that take a canceled one's place may be canceled next.
   */
  sendQueued(): void
  /** While true, requests wait; timers are sent. */
  hold(held: boolean): void
  /** Bytes of the requests sent in this step. */
  readonly sentBytes: number
  /** Requests without an answer, timers apart. */
  openCount(): number
  /** Returns a function that reports whether any of the requests that are open now still is. */
  openNow(): () => boolean
  /** Children's runs that this run waits for. */
  openChildCount(): number
  /** Returns how many requests can be sent at once; 0 while others wait their turn or are held. */
  freeCount(): number
  /** Whether a request waits only because this step has sent enough bytes. */
  isOutOfBytes(): boolean
}

/** Returns the bytes that a request adds to its workflow task. */
type MeasureRequest = (request: RunRequest) => number

/**
 * @param emit receives the commands, numbered from 1 in the order of sending
 */
export function createRequests(
  emit: (command: Command) => void,
  { measure, maximumOpen, startsLater }: RequestRules,
): Requests {
  const open = new Map<number, OpenRequest>()
  /** Requests that wait their turn, oldest first. */
  const queue = new Set<{ readonly bytes: number; readonly go: () => void }>()
  let lastSeq = 0
  let counted = 0
  let sentBytes = 0
  let isHeld = false

  /** Bytes of the inputs of open children, whose starts may be sent with any step. */
  const starts = new Map<number, number>()
  let startBytes = 0

  const reserved = (): number =>
    starts.size === 0
      ? 0
      : Math.max(limits.childStartsBytes, Math.min(startBytes, limits.childStartBytes))
  const fits = (bytes: number): boolean =>
    sentBytes === 0 || sentBytes + bytes + reserved() <= limits.workflowTaskBytes
  const mayGo = (bytes: number): boolean => !isHeld && counted < maximumOpen && fits(bytes)

  const sendNow = (request: RunRequest, resume: OpenRequest['resume'], bytes: number): number => {
    const seq = ++lastSeq
    open.set(seq, { type: request.type, resume })
    if (isCounted(request)) counted++
    sentBytes += bytes
    if (startsLater && request.type === 'start_child') {
      starts.set(seq, bytes / 2)
      startBytes += bytes / 2
    }
    // Spreading gives each command a hidden class of its own, which takes half a kilobyte.
    emit(Object.assign({ seq }, request))
    return seq
  }

  const close = (seq: number): OpenRequest | undefined => {
    const found = open.get(seq)
    open.delete(seq)
    startBytes -= starts.get(seq) ?? 0
    starts.delete(seq)
    if (found !== undefined && isCounted(found)) counted--
    return found
  }

  return {
    send: (request) => (resume) => {
      const bytes = measure(request)
      // No request has this number.
      let seq = 0
      const waiting = { bytes, go: () => (seq = sendNow(request, resume, bytes)) }
      if (!isCounted(request) || mayGo(bytes)) waiting.go()
      else queue.add(waiting)
      return () => {
        if (queue.delete(waiting) || close(seq) === undefined) return
        emit({ type: 'cancel', seq })
      }
    },
    answer(seq, answer) {
      close(seq)?.resume(answer)
    },
    beginStep() {
      sentBytes = 0
    },
    sendQueued() {
      for (const next of queue) {
        if (!mayGo(next.bytes)) return
        queue.delete(next)
        next.go()
      }
    },
    hold(held) {
      isHeld = held
    },
    get sentBytes() {
      return sentBytes
    },
    openCount: () => counted,
    openNow() {
      const seqs = [...open].flatMap(([seq, request]) => (isCounted(request) ? [seq] : []))
      return () => seqs.some((seq) => open.has(seq))
    },
    openChildCount: () => [...open.values()].filter(({ type }) => type === 'start_child').length,
    freeCount: () => (isHeld || queue.size > 0 ? 0 : maximumOpen - counted),
    isOutOfBytes() {
      const [first] = queue
      return first !== undefined && !isHeld && counted < maximumOpen && !fits(first.bytes)
    },
  }
}

/**
 * Returns the bytes that a request adds to its workflow task, as {@link MeasureRequest}. By
 * revision 9, a child's input was sent twice in it: in the marker of what prepared its start, and
 * with the start itself.
 */
function measureRequest(request: RunRequest): number {
  switch (request.type) {
    case 'start_timer':
    case 'ask_parent_room':
      return 0
    case 'call_tool':
      return envelopeBytes + sizeOf(request.input) + sizeOf(request.taskEnv)
    case 'start_child':
      return 2 * (envelopeBytes + sizeOf(request.input))
    case 'signal_run':
    case 'publish_event':
      return envelopeBytes + sizeOf(request.payload)
  }
}

/** What wraps a value in a command of Temporal's. */
const envelopeBytes = 1_024

/** Exact for large values; small ones count as what wraps them does. */
function sizeOf(value: JsonValue): number {
  return bytesOver(value, envelopeBytes) ?? envelopeBytes
}

function isCounted({ type }: Pick<RunRequest, 'type'>): boolean {
  return type !== 'start_timer' && type !== 'ask_parent_room'
}
