import { trace, TraceFlags } from '@opentelemetry/api'
import { HistogramSlot, type Exemplar, type ValueSlot } from './slots.ts'

/** The sampled span that was active. */
export type TraceLabels = { readonly trace_id: string; readonly span_id: string }

/** Keeps exemplars on slots. */
export interface Exemplars {
  /**
   * Remembers where a value came from that was just recorded to the slot: from a run, and from a
   * trace, by default the active one; null: from no trace.
   */
  attach(
    slot: ValueSlot | HistogramSlot,
    value: number,
    execId: string | undefined,
    trace?: TraceLabels | null,
  ): void
  /** Returns the active OpenTelemetry span, if it is sampled. */
  activeTrace(): TraceLabels | undefined
}

/** Most characters in the names and values of an exemplar's labels, by OpenMetrics. */
const labelLimit = 128
/** How long a bucket keeps its exemplar before a newer one replaces it, ms. */
const replaceAfterMs = 1_000

const lengthOf = (labels: Readonly<Record<string, string>>): number =>
  Object.entries(labels).reduce((sum, [name, value]) => sum + Array.from(name + value).length, 0)

/** Returns the labels that fit, or undefined. The run comes before the trace. */
function labelsOf(execId: string | undefined, traced: TraceLabels | null | undefined) {
  const run = execId === undefined ? undefined : { exec_id: execId }
  const candidates: readonly (Exemplar['labels'] | undefined)[] = [
    run && traced ? { ...run, ...traced } : undefined,
    run,
    traced ?? undefined,
  ]
  return candidates.find((labels) => labels !== undefined && lengthOf(labels) <= labelLimit)
}

function activeTrace(): TraceLabels | undefined {
  const context = trace.getActiveSpan()?.spanContext()
  if (context === undefined || (context.traceFlags & TraceFlags.SAMPLED) === 0) return undefined
  return { trace_id: context.traceId, span_id: context.spanId }
}

/**
 * Creates the keeper of exemplars: one for each bucket of a histogram and one for each counter,
 * replaced at most once a second.
 */
export function createExemplars(now: () => number = Date.now): Exemplars {
  // One from the future is replaced: the wall clock, whose time is exported, was set back.
  const isFresh = (kept: Exemplar | undefined, at: number): boolean =>
    kept !== undefined && at >= kept.at && at - kept.at < replaceAfterMs

  return {
    activeTrace,
    attach(slot, value, execId, traced = activeTrace()) {
      const at = now()
      if (slot instanceof HistogramSlot) {
        if (Number.isNaN(value)) return
        const bucket = slot.bucketOf(value)
        if (isFresh(slot.exemplars?.[bucket], at)) return
        const labels = labelsOf(execId, traced)
        if (labels === undefined) return
        slot.exemplars ??= Array.from(slot.counts, () => undefined)
        slot.exemplars[bucket] = { labels, value, at }
      } else if (!isFresh(slot.exemplar, at)) {
        const labels = labelsOf(execId, traced)
        if (labels !== undefined) slot.exemplar = { labels, value, at }
      }
    },
  }
}
