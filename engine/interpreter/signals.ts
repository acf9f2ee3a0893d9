import type { ReceivedSignal } from '../kinds/task-context.ts'
import type { Effect } from '../kinds/steps.ts'

interface SignalWait {
  /** Receivers that began to wait earlier have smaller ones, and are served first. */
  readonly rank: number
  readonly resume: (signal: ReceivedSignal) => void
}

/** The signals of one run: who waits for which, and those that nobody took yet. */
export interface Signals {
  /** Hands a signal to the first that waits for it, or keeps it. Nothing is ever dropped. */
  deliver(signal: ReceivedSignal): void
  /** Waits for a signal of this name; the oldest kept one is taken first. */
  receive(name: string, rank: number): Effect
  /** Kept signals, oldest first within each name. */
  pending(): readonly ReceivedSignal[]
  readonly pendingCount: number
  waitingFor(): readonly string[]
}

/** @param kept signals that an earlier run of the chain had not taken */
export function createSignals(kept: readonly ReceivedSignal[] = []): Signals {
  const queues = new Map<string, ReceivedSignal[]>()
  const receivers = new Map<string, SignalWait[]>()
  let pendingCount = 0

  const keep = (signal: ReceivedSignal): void => {
    const queue = queues.get(signal.id)
    if (queue === undefined) queues.set(signal.id, [signal])
    else queue.push(signal)
    pendingCount++
  }
  for (const signal of kept) keep(signal)

  const take = (name: string): ReceivedSignal | undefined => {
    const queue = queues.get(name)
    const signal = queue?.shift()
    if (queue?.length === 0) queues.delete(name)
    if (signal !== undefined) pendingCount--
    return signal
  }

  const remove = (name: string, receiver: SignalWait): void => {
    const rest = (receivers.get(name) ?? []).filter((other) => other !== receiver)
    if (rest.length === 0) receivers.delete(name)
    else receivers.set(name, rest)
  }

  return {
    deliver(signal) {
      const first = receivers.get(signal.id)?.[0]
      if (first === undefined) return keep(signal)
      remove(signal.id, first)
      first.resume(signal)
    },
    receive: (name, rank) => (resume) => {
      const signal = take(name)
      if (signal !== undefined) {
        resume(signal)
        return () => undefined
      }
      const receiver = { rank, resume }
      const waiting = [...(receivers.get(name) ?? []), receiver]
      receivers.set(
        name,
        waiting.sort((a, b) => a.rank - b.rank),
      )
      return () => remove(name, receiver)
    },
    pending: () => [...queues.values()].flat(),
    get pendingCount() {
      return pendingCount
    },
    waitingFor: () => [...receivers.keys()],
  }
}
