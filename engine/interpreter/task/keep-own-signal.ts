import type { JsonValue } from '../../core/json.ts'
import { TaskFailed } from '../../kinds/steps.ts'
import type { RunServices } from '../run-services.ts'
import { keptSignalBytes } from '../size/kept-signal-bytes.ts'
import { fullOfSignals } from '../size/refusal-texts.ts'
import { refusedSignal } from '../size/refused-signal.ts'

/** A signal that a task sends to its own run. */
interface OwnSignal {
  readonly name: string
  readonly payload: JsonValue
  /** Place of the task in the YAML. */
  readonly place: string
}

/**
 * Keeps a signal of a run to itself until a wait takes it. Temporal refuses to signal a workflow
 * from within, so it is never asked.
 * @throws TaskFailed when the run keeps as many as it may
 */
export function keepOwnSignal(
  { execId, signals, now }: Pick<RunServices, 'execId' | 'signals' | 'now'>,
  { name, payload, place }: OwnSignal,
): void {
  const kept = signals.countOf(name)
  const keptBytes = signals.pendingBytes()
  // A wait takes the first signal of its name; those after it are kept.
  const isAwaited = kept === 0 && signals.isAwaited(name)
  const bytes = keptSignalBytes(name, payload)
  if (refusedSignal({ kept, keptBytes, isAwaited }, name, bytes) !== undefined) {
    const message = `${place}: ${fullOfSignals(execId, name)}`
    throw new TaskFailed({ type: 'LimitExceeded', message }, [], 'kept_signals')
  }
  signals.deliver({ id: name, payload, receivedAt: now() })
}
