import type { RouteSlots } from '../families/http.ts'
import type { Exemplars, TraceLabels } from '../instruments/exemplars.ts'

/** A request whose run is known. */
export interface RunStartingRequest {
  readonly raw: object
}

/** Knows the trace of each request in flight and the run that it started. */
export interface RequestOrigins {
  /** Remembers the active trace: at the end of a request, its span is no longer active. */
  begin(raw: object): void
  /** Remembers the run that a request started. Of several, the last one counts. */
  linkRun(raw: object, execId: string): void
  /**
   * Attaches exemplars to what a finished request was just recorded to. `seconds` is null for one
   * that held its connection on purpose: its duration is recorded nowhere.
   */
  attach(raw: object, slots: RouteSlots, end: { status: number; seconds: number | null }): void
}

/** Creates {@link RequestOrigins} by the requests of Node, which both listeners know. */
export function createRequestOrigins(exemplars: Exemplars): RequestOrigins {
  const traces = new WeakMap<object, TraceLabels>()
  const runs = new WeakMap<object, string>()
  return {
    begin(raw) {
      const trace = exemplars.activeTrace()
      if (trace !== undefined) traces.set(raw, trace)
    },
    linkRun: (raw, execId) => void runs.set(raw, execId),
    attach(raw, slots, { status, seconds }) {
      const trace = traces.get(raw)
      const execId = runs.get(raw)
      if (trace === undefined && execId === undefined) return
      // Null: whatever span is active when a response closes, it is not that of the request.
      if (seconds !== null) exemplars.attach(slots.duration(), seconds, execId, trace ?? null)
      if (status >= 500) exemplars.attach(slots.ofStatus(status), 1, execId, trace ?? null)
    },
  }
}
