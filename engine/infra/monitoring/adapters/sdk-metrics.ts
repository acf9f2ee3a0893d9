import type { Registry } from '../instruments/registry.ts'
import type { Guard } from './guard.ts'
import type { PollerType } from './liveness.ts'
import { createSdkExporter } from './sdk-exporter.ts'

/** What a counter of the SDK rose by, a value of a gauge, or an observation in seconds. */
export interface SdkUpdate {
  readonly metric: { readonly name: string }
  readonly value: number
  /** The SDK reuses the object for the same labels where it can. */
  readonly attributes: Readonly<Record<string, string | number | boolean>>
}

/** Where the updates of the SDK come from, such as its `MetricsBuffer`. */
export interface SdkSource {
  /** Returns what has come since the last call. */
  retrieveUpdates(): Iterable<SdkUpdate>
  /** Reports false when nothing comes, and poll ages are unknown. Default true. */
  isKnown?(): boolean
  /** Reports whether updates should have come and have not: full slots may be free by now. */
  isSilent?(): boolean
  /** Called when nobody reads the updates any more. */
  leave?(): void
}

/** Records the metrics of the Temporal SDK. */
export interface SdkRecorder {
  /** Starts to read a source. */
  start(source: SdkSource): void
  /** Reads the source now. */
  drain(): void
  /** Reports whether polls are seen: an age without them would only grow. */
  seesPolls(): boolean
  /** Forgets the gauges of earlier workers, which the SDK never resets. */
  workerCreated(): void
  stop(): void
}

/** Options of the recorder. */
export interface SdkRecorderOptions {
  readonly registry: Registry
  readonly guard: Guard
  /** Export the metrics, not only watch the polls. */
  readonly exported: boolean
  /** Called for each poll that Temporal answered. */
  readonly onPoll: (type: PollerType) => void
  /** Called when the task slots of all workers become full, or free again. */
  readonly onSlots: (type: PollerType, full: boolean) => void
}

/**
 * Time between two reads, ms. A full buffer loses whole batches, and a scrape may be a minute away.
 * While nothing comes, the pause doubles up to the longest.
 */
const drainPauseMs = { first: 250, longest: 500 }

const slotsByWorker = (): Map<SdkUpdate['attributes'], number> => new Map()

/** Counters that rise when Temporal answers a poll, with a task or without one. */
const pollCounters: Readonly<Record<string, PollerType>> = {
  temporal_workflow_task_queue_poll_empty: 'workflow',
  temporal_workflow_task_queue_poll_succeed: 'workflow',
  temporal_activity_poll_no_task: 'activity',
  temporal_activity_task_received: 'activity',
}

const slotsGauge = 'temporal_worker_task_slots_available'
/** The metrics of the SDK that tell whether a worker polls. */
export const pollMetrics: ReadonlySet<string> = new Set([...Object.keys(pollCounters), slotsGauge])

const pollerOfWorker: Readonly<Record<string, PollerType>> = {
  WorkflowWorker: 'workflow',
  ActivityWorker: 'activity',
}

/**
 * Records the events of the SDK: polls for the liveness, and all of them when they are exported.
 */
export function createSdkRecorder(options: SdkRecorderOptions): SdkRecorder {
  const { registry, guard, exported, onPoll, onSlots } = options
  const exporter = exported ? createSdkExporter(registry) : undefined
  /** Free slots by poller type and by the attributes object of the worker that has them. */
  const freeSlots = { workflow: slotsByWorker(), activity: slotsByWorker() }
  let source: SdkSource | undefined
  let timer: NodeJS.Timeout | undefined

  function noteSlots({ metric, value, attributes }: SdkUpdate): void {
    const type = pollerOfWorker[String(attributes['worker_type'])]
    if (metric.name !== slotsGauge || type === undefined) return
    const free = freeSlots[type].set(attributes, value)
    onSlots(
      type,
      [...free.values()].every((slots) => slots === 0),
    )
  }

  function forgetSlots(): void {
    for (const [type, free] of Object.entries(freeSlots)) {
      free.clear()
      onSlots(type as PollerType, false)
    }
  }

  function record(update: SdkUpdate): void {
    noteSlots(update)
    const poller = pollCounters[update.metric.name]
    // An eager activity comes with a workflow task's completion: no poller took it.
    if (poller !== undefined && String(update.attributes['eager'] ?? 'false') === 'false')
      onPoll(poller)
    exporter?.record(update)
  }

  /** Reads the buffer and returns whether it was empty. */
  function drain(): boolean {
    let empty = true
    if (source === undefined) return empty
    try {
      for (const update of source.retrieveUpdates()) {
        empty = false
        record(update)
      }
      if (source.isSilent?.() === true) forgetSlots()
    } catch (error) {
      // A full buffer makes the SDK throw and drop the whole batch.
      empty = false
      exporter?.countLostBatch()
      guard.report('temporal_sdk', error)
    }
    return empty
  }

  function drainIn(ms: number): void {
    timer = setTimeout(() => {
      drainIn(drain() ? Math.min(2 * ms, drainPauseMs.longest) : drainPauseMs.first)
    }, ms).unref()
  }

  return {
    drain: () => void drain(),
    workerCreated() {
      forgetSlots()
      exporter?.forgetGauges()
    },
    start(buffer) {
      source = buffer
      drainIn(drainPauseMs.first)
    },
    seesPolls: () => source !== undefined && source.isKnown?.() !== false,
    stop() {
      clearTimeout(timer)
      drain()
      source?.leave?.()
    },
  }
}
