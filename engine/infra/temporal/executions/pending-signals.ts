import { CompozyError } from '../../../core/errors.ts'
import { limits } from '../../../core/limits.ts'
import type { CallOptions } from '../../../executions.ts'
import type { SharedViews } from './shared-view.ts'

/** Signals that a run keeps until a wait takes them; one more is refused, never dropped. */
export const maximumPendingSignals = limits.pendingSignals

const viewTimeoutMs = 2_000

/** Throws CompozyError `limit_reached` when a run already keeps as many signals as it may. */
export async function refuseIfFull(
  views: SharedViews,
  execId: string,
  options: CallOptions | undefined,
): Promise<void> {
  const timeout = AbortSignal.timeout(viewTimeoutMs)
  const signal = options?.signal ? AbortSignal.any([options.signal, timeout]) : timeout
  // Without a worker to ask, Temporal keeps the signal; the run itself never drops one.
  const look = (fresh: boolean) => views.get(execId, { signal, fresh }).catch(() => undefined)
  let view = await look(false)
  if (view !== undefined && view.pending_signals >= maximumPendingSignals / 2)
    view = await look(true)
  if (view === undefined || view.pending_signals < maximumPendingSignals) return
  const message = `execution "${execId}" has ${view.pending_signals} signals that no task has taken; wait until it takes some`
  throw new CompozyError('limit_reached', message)
}
