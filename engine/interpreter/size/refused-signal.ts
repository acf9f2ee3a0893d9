import { bytesText, limits } from '../../core/limits.ts'

/** What a run keeps, as far as it concerns a signal of one name. */
export interface KeptSignals {
  /** Signals of that name. */
  readonly kept: number
  /** Bytes of the signals of all names. */
  readonly keptBytes: number
  /** Whether a task waits for that name. */
  readonly isAwaited: boolean
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
