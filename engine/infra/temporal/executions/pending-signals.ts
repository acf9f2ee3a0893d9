import { CompozyError } from '../../../core/errors.ts'
import type { JsonValue } from '../../../core/json.ts'
import { bytesText, jsonBytes, limits } from '../../../core/limits.ts'
import type { CallOptions, DatedView } from '../../../executions.ts'
import { requireBudget } from '../connection/payload-budget.ts'
import type { SharedViews } from './shared-view.ts'

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
  readonly asOf: number
  count: number
  bytes: number
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

  function sentSince(execId: string, asOf: number): Sent {
    const found = sent.get(execId)
    if (found !== undefined && found.asOf >= asOf) return found
    const fresh = { asOf, count: 0, bytes: 0 }
    sent.delete(execId)
    sent.set(execId, fresh)
    if (sent.size > maximumRuns) sent.delete(sent.keys().next().value!)
    return fresh
  }

  /** Returns what keeps the run from taking the signal, undefined when nothing does. */
  function refusal(view: DatedView, { execId, name }: OfferedSignal, bytes: number) {
    const { count, bytes: sentBytes } = sentSince(execId, view.as_of)
    const { pending_by_name: byName, pending_signals } = view
    const kept = (byName === undefined ? pending_signals : (byName[name] ?? 0)) + count
    const keptBytes = (view.pending_signal_bytes ?? 0) + sentBytes
    return refusedSignal({ kept, keptBytes }, name, bytes)
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
      const bytes = jsonBytes(payload)
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
      const since = sentSince(execId, view.as_of)
      since.count++
      since.bytes += bytes
    },
  }
}

/**
 * Returns why a run takes no more signals of this name, undefined when it takes one of these bytes.
 * A run that keeps none takes one of any size.
 */
export function refusedSignal(
  { kept, keptBytes }: { readonly kept: number; readonly keptBytes: number },
  name: string,
  bytes: number,
): string | undefined {
  if (kept >= limits.pendingSignals) return `${kept} signals "${name}" that no task has taken`
  if (keptBytes === 0 || keptBytes + bytes <= limits.pendingSignalBytes) return undefined
  return `${bytesText(keptBytes)} of signals that no task has taken`
}
