import { CompozyError } from '../../../core/errors.ts'
import type { JsonValue } from '../../../core/json.ts'
import { bytesText, limits } from '../../../core/limits.ts'
import type { RunView } from '../../../definition/run-protocol.ts'
import type { CallOptions } from '../../../executions.ts'
import { keptSignalBytes } from '../../../interpreter/size/kept-signal-bytes.ts'
import { refusedSignal, type KeptSignals } from '../../../interpreter/size/refused-signal.ts'
import { unlessAborted } from '../connection/calls.ts'
import { requireBudget } from '../connection/payload-budget.ts'
import { createSentSignals } from './sent-signals.ts'
import type { SharedView, SharedViews } from './shared-view.ts'

/** A signal, and how long the history of its run is. */
export interface OfferedSignal {
  readonly execId: string
  readonly name: string
  readonly payload: JsonValue
  readonly historyLength: number
  /** Bytes; absent on servers that do not say. */
  readonly historySize: number | undefined
  /** When Temporal was asked for the history, in ms of `performance.now`. */
  readonly describedAt: number
}

/** Admits signals to runs. */
export interface SignalGate {
  /**
   * Throws CompozyError `payload_too_large` for a payload that Temporal would refuse, and
   * `limit_reached` when the run keeps as many signals, or as many bytes of them, as it may.
   * Resolves to a function that must be called once Temporal has answered the signal, or failed.
   */
  admit(signal: OfferedSignal, options: CallOptions | undefined): Promise<() => void>
}

const viewTimeoutMs = 2_000
/**
 * How long a workflow task may take, ms. Signals that arrive meanwhile are not part of the history
 * that Temporal describes until it ends.
 */
const longestTaskMs = 10_000

/**
 * {@link SignalGate} on shared views. Signals that no task takes stay in the run: Temporal would
 * terminate it at 50 MiB of history, and it could not continue as new with more than it may carry.
 * Calls `onRefused` for each signal that a run cannot keep.
 */
export function createSignalGate(views: SharedViews, onRefused?: () => void): SignalGate {
  const sent = createSentSignals()

  /** Returns what keeps the run from taking the signal, undefined when nothing does. */
  function refusal(view: SharedView, { execId, name }: OfferedSignal, bytes: number) {
    const unseen = sent.unseenSince(execId, view.askedAt)
    const { kept, keptBytes, isAwaited } = keptBy(view, name)
    const sentOfName = unseen.countOf(name)
    return refusedSignal(
      {
        kept: kept + sentOfName,
        keptBytes: keptBytes + unseen.bytes,
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

  /** Refuses what goes beyond the bytes that a history may have, with what was sent since. */
  function requireHistory(
    { execId, historySize = 0, describedAt }: OfferedSignal,
    bytes: number,
  ): void {
    const size = historySize + sent.unseenSince(execId, describedAt).bytes
    if (size + bytes > limits.historyBytes) refuse(execId, `${bytesText(size)} of history`)
  }

  /**
   * Admits a signal by what the run keeps. Takes a fresh view where signals after the last one may
   * be forgotten, and before it refuses one; and another where that one may show signals that are
   * counted as sent.
   */
  async function admitByView(
    signal: OfferedSignal,
    bytes: number,
    waiting: AbortSignal,
  ): Promise<() => void> {
    const { execId, name } = signal
    const look = (fresh: boolean) =>
      views.get(execId, { signal: waiting, fresh }).catch(() => undefined)
    // Without a worker to ask, Temporal keeps the signal; its history is still bounded.
    const judge = (view: SharedView | undefined) => view && refusal(view, signal, bytes)
    let view = await look(false)
    const isForgotten = view !== undefined && !sent.remembersSince(view.askedAt)
    if (isForgotten || judge(view) !== undefined) view = await look(true)
    if (judge(view) !== undefined && sent.unseenSince(execId, view!.askedAt).maybeSeen) {
      const answered = () => sent.answered(execId)
      await unlessAborted(waiting, `execution "${execId}"`, answered).catch(() => undefined)
      view = await look(true)
    }
    const reason = judge(view)
    if (reason !== undefined) refuse(execId, reason)
    requireHistory(signal, bytes)
    // In the same turn as the judgment, so that no other signal comes between.
    return sent.begin(execId, name, bytes)
  }

  return {
    async admit(signal, options) {
      const { execId, name, payload, historyLength, historySize = 0, describedAt } = signal
      requireBudget(`the payload of signal "${name}"`, payload)
      const bytes = keptSignalBytes(name, payload)
      requireHistory(signal, bytes)
      // A short history cannot hold too many signals, so no worker is asked.
      const lately = sent.unseenSince(execId, describedAt - longestTaskMs)
      const isShort =
        historyLength + lately.count <= limits.pendingSignals &&
        historySize + lately.bytes + bytes <= limits.pendingSignalBytes
      if (isShort) return sent.begin(execId, name, bytes)
      const timeout = AbortSignal.timeout(viewTimeoutMs)
      const waiting = options?.signal ? AbortSignal.any([options.signal, timeout]) : timeout
      return admitByView(signal, bytes, waiting)
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
