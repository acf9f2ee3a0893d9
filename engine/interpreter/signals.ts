import type { ReceivedSignal } from '../kinds/task-context.ts'
import type { Effect } from '../kinds/steps.ts'
import { keptSignalBytes } from './size/kept-signal-bytes.ts'

interface SignalWait {
  /** Waits that started earlier have smaller ranks and are offered signals first. */
  readonly rank: number
  readonly resume: (signal: ReceivedSignal) => void
}

/** The signals of one run: the waits for each name, and the signals that no wait took yet. */
export interface Signals {
  /** Keeps a signal until it is offered. Nothing is ever dropped. */
  deliver(signal: ReceivedSignal): void
  /**
   * Hands one kept signal, the oldest of its name, to the wait that started first. Returns false
   * when no wait has a signal to take. Called once every wait that can start has started, and again
   * after that wait has judged the signal: one that refuses it is offered the next one too.
   */
  offer(): boolean
  /** Waits for a signal of this name. */
  receive(name: string, rank: number): Effect
  /** Kept signals, oldest first within each name. */
  pending(): readonly ReceivedSignal[]
  readonly pendingCount: number
  /** Bytes of JSON of kept signals, as the run carries them. */
  pendingBytes(): number
  /** How many signals of one name are kept. */
  countOf(name: string): number
  /** How many signals of each name are kept. */
  pendingByName(): Readonly<Record<string, number>>
  /** Whether a task waits for a signal of this name. */
  isAwaited(name: string): boolean
  waitingFor(): readonly string[]
}

/** Names whose kept signals the view counts: those with most. */
const shownNames = 100

/**
 * @param kept signals that an earlier run of the chain had not handed out
 * @param handsOutAtOnce as the first interpreter did: the wait that asks first takes kept signals
 */
export function createSignals(
  kept: readonly ReceivedSignal[] = [],
  handsOutAtOnce = false,
): Signals {
  const queues = new Map<string, ReceivedSignal[]>()
  const waits = new Map<string, SignalWait[]>()
  let pendingCount = 0
  /** Undefined until it is asked for: most runs keep no signal, and are never asked. */
  let pendingBytes: number | undefined

  const bytesOf = ({ id, payload }: ReceivedSignal): number => keptSignalBytes(id, payload)
  const keep = (signal: ReceivedSignal): void => {
    const queue = queues.get(signal.id)
    if (queue === undefined) queues.set(signal.id, [signal])
    else queue.push(signal)
    pendingCount++
    if (pendingBytes !== undefined) pendingBytes += bytesOf(signal)
  }
  for (const signal of kept) keep(signal)

  const take = (name: string): ReceivedSignal | undefined => {
    const queue = queues.get(name)
    const signal = queue?.shift()
    if (queue?.length === 0) queues.delete(name)
    if (signal === undefined) return undefined
    pendingCount--
    if (pendingBytes !== undefined) pendingBytes -= bytesOf(signal)
    return signal
  }

  const remove = (name: string, wait: SignalWait): void => {
    const rest = (waits.get(name) ?? []).filter((other) => other !== wait)
    if (rest.length === 0) waits.delete(name)
    else waits.set(name, rest)
  }

  const handTo = (name: string, wait: SignalWait, signal: ReceivedSignal): void => {
    remove(name, wait)
    wait.resume(signal)
  }

  return {
    deliver(signal) {
      const first = handsOutAtOnce ? waits.get(signal.id)?.[0] : undefined
      if (first === undefined) keep(signal)
      else handTo(signal.id, first, signal)
    },
    offer() {
      if (pendingCount === 0) return false
      for (const [name, [first]] of waits) {
        const signal = take(name)
        if (signal === undefined) continue
        handTo(name, first!, signal)
        return true
      }
      return false
    },
    receive: (name, rank) => (resume) => {
      const signal = handsOutAtOnce ? take(name) : undefined
      if (signal !== undefined) {
        resume(signal)
        return () => undefined
      }
      const wait = { rank, resume }
      waits.set(
        name,
        [...(waits.get(name) ?? []), wait].sort((a, b) => a.rank - b.rank),
      )
      return () => remove(name, wait)
    },
    pending: () => [...queues.values()].flat(),
    get pendingCount() {
      return pendingCount
    },
    pendingBytes: () =>
      (pendingBytes ??= [...queues.values()]
        .flat()
        .reduce((sum, signal) => sum + bytesOf(signal), 0)),
    countOf: (name) => queues.get(name)?.length ?? 0,
    pendingByName() {
      const counts = [...queues].map(([name, queue]) => [name, queue.length] as const)
      return Object.fromEntries(counts.toSorted(([, a], [, b]) => b - a).slice(0, shownNames))
    },
    isAwaited: (name) => waits.has(name),
    waitingFor: () => [...waits.keys()],
  }
}
