import { CompozyError } from '../../../core/errors.ts'
import type { JsonValue } from '../../../core/json.ts'
import { bytesText, limits } from '../../../core/limits.ts'
import type { RunView } from '../../../definition/run-protocol.ts'
import type { CallOptions } from '../../../executions.ts'
import { keptSignalBytes } from '../../../interpreter/size/kept-signal-bytes.ts'
import { requireBudget } from '../connection/payload-budget.ts'
import type { SharedView, SharedViews } from './shared-view.ts'

/** A signal, and how long the history of its run is. */
export interface OfferedSignal {
  readonly execId: string
  readonly name: string
  readonly payload: JsonValue
  readonly historyLength: number
  /** Bytes; absent on servers that do not say. */
  readonly historySize: number | undefined
}

/** Admits signals to runs. */
export interface SignalGate {
  /**
   * Throws CompozyError `payload_too_large` for a payload that Temporal would refuse, and
   * `limit_reached` when the run keeps as many signals, or as many bytes of them, as it may.
   */
  admit(signal: OfferedSignal, options: CallOptions | undefined): Promise<void>
}

/** Signals that this process sent to a run since a view of it. */
interface Sent {
  /** Which view: the sequence of it. */
  readonly sequence: number
  readonly countByName: Map<string, number>
  bytes: number
}

/** What a run keeps, as far as it concerns a signal of one name. */
interface KeptSignals {
  /** Signals of that name. */
  readonly kept: number
  /** Bytes of the signals of all names. */
  readonly keptBytes: number
  /** Whether a task waits for that name. */
  readonly isAwaited: boolean
}

const viewTimeoutMs = 2_000
/** Runs whose sent signals are remembered. */
const maximumRuns = 1_000

/**
 * {@link SignalGate} on shared views. Signals that no task takes stay in the run: Temporal would
 * terminate it at 50 MiB of history, and it could not continue as new with more than it may carry.
 * Calls `onRefused` for each signal that a run cannot keep.
 */
export function createSignalGate(views: SharedViews, onRefused?: () => void): SignalGate {
  const sent = new Map<string, Sent>()

  function sentSince(execId: string, sequence: number): Sent {
    const found = sent.get(execId)
    if (found !== undefined && found.sequence >= sequence) return found
    const fresh = { sequence, countByName: new Map<string, number>(), bytes: 0 }
    sent.delete(execId)
    sent.set(execId, fresh)
    if (sent.size > maximumRuns) sent.delete(sent.keys().next().value!)
    return fresh
  }

  /** Returns what keeps the run from taking the signal, undefined when nothing does. */
  function refusal(view: SharedView, { execId, name }: OfferedSignal, bytes: number) {
    const { countByName, bytes: sentBytes } = sentSince(execId, view.sequence)
    const { kept, keptBytes, isAwaited } = keptBy(view, name)
    const sentOfName = countByName.get(name) ?? 0
    return refusedSignal(
      {
        kept: kept + sentOfName,
        keptBytes: keptBytes + sentBytes,
        // The wait takes the first one; those after it are kept.
        isAwaited: isAwaited && sentOfName === 0,
      },
      name,
      bytes,
    )
  }

  function refuse(execId: string, what: string): never {
    onRefused?.()
    const message = `execution "${execId}" has ${what}; wait until its tasks take some signals`
    throw new CompozyError('limit_reached', message)
  }

  return {
    async admit(signal, options) {
      const { execId, name, payload, historyLength, historySize = 0 } = signal
      requireBudget(`the payload of signal "${name}"`, payload)
      const bytes = keptSignalBytes(name, payload)
      if (historySize + bytes > limits.historyBytes)
        refuse(execId, `${bytesText(historySize)} of history`)
      // A short history cannot hold too many signals, so no worker is asked.
      const isShort =
        historyLength <= limits.pendingSignals && historySize + bytes <= limits.pendingSignalBytes
      if (isShort) return
      const timeout = AbortSignal.timeout(viewTimeoutMs)
      const waiting = options?.signal ? AbortSignal.any([options.signal, timeout]) : timeout
      const look = (fresh: boolean) =>
        views.get(execId, { signal: waiting, fresh }).catch(() => undefined)
      let view = await look(false)
      if (view !== undefined && refusal(view, signal, bytes) !== undefined) view = await look(true)
      // Without a worker to ask, Temporal keeps the signal; its history is still bounded.
      if (view === undefined) return
      const reason = refusal(view, signal, bytes)
      if (reason !== undefined) refuse(execId, reason)
      const since = sentSince(execId, view.sequence)
      since.countByName.set(name, (since.countByName.get(name) ?? 0) + 1)
      since.bytes += bytes
    },
  }
}

/** Returns what a run keeps by its view. Older workers count the signals of all names together. */
export function keptBy(view: RunView, name: string): KeptSignals {
  const { pending_by_name: byName, pending_signals, pending_signal_bytes, waiting_for } = view
  return {
    kept: byName === undefined ? pending_signals : (byName[name] ?? 0),
    keptBytes: pending_signal_bytes ?? 0,
    isAwaited: waiting_for.includes(name),
  }
}

/**
 * Returns why a run takes no more signals of this name, undefined when it takes one of these bytes.
 * It takes the signal that a task waits for whatever else it keeps, and one of any size when it
 * keeps none.
 */
export function refusedSignal(
  { kept, keptBytes, isAwaited }: KeptSignals,
  name: string,
  bytes: number,
): string | undefined {
  if (isAwaited) return undefined
  if (kept >= limits.pendingSignals) return `${kept} signals "${name}" that no task has taken`
  if (keptBytes === 0 || keptBytes + bytes <= limits.pendingSignalBytes) return undefined
  return `${bytesText(keptBytes)} of signals that no task has taken`
}
