import type { MetricsExporterConfig, Runtime } from '@temporalio/worker'
import type { Logger } from '../../core/logger.ts'
import type { SdkUpdate } from '../../infra/monitoring/public/index.ts'
import { EventBuffer } from './event-buffer.ts'
import { PushReceiver } from './push-receiver.ts'

/** What the workers of one engine poll. */
export interface PolledQueue {
  readonly namespace: string
  readonly taskQueue: string
}

/** What an engine can read of the runtime of its process. */
export type SdkReading =
  /** All that it wants. */
  | 'whole'
  /** Its polls alone: another engine, which wanted no more, installed the runtime. */
  | 'polls'
  /** Nothing: other code installed the runtime. */
  | 'none'

/** Options of {@link SdkMetrics}. */
export interface SdkMetricsOptions {
  /**
   * Read each update, and not only what tells whether the worker polls: for an export, and for
   * several workers of one task queue, whose free slots the core would give as one value.
   */
  readonly everyUpdate: boolean
  /** Monotonic clock in ms, for tests. */
  readonly now?: () => number
}

/** The core pushes every five seconds, also before a worker has polled and while it is full. */
export const pushOverdueMs = 30_000

/**
 * The metrics of Temporal's SDK that concern one engine. The SDK has one runtime per process:
 * several engines share it. An update without a namespace or a task queue, such as a gRPC request,
 * concerns every engine of the process.
 */
export class SdkMetrics {
  readonly #queue: PolledQueue
  readonly #everyUpdate: boolean
  readonly #now: () => number
  #logger: Logger | undefined
  #source: EventBuffer | PushReceiver | undefined
  #isForeign = false
  /** When updates last came, or could first come. */
  #heardAt = 0
  #hasHeard = false
  #isSilent = false
  #updates: SdkUpdate[] = []

  constructor(
    queue: PolledQueue,
    { everyUpdate, now = () => performance.now() }: SdkMetricsOptions,
  ) {
    this.#queue = queue
    this.#everyUpdate = everyUpdate
    this.#now = now
  }

  /** Returns what the SDK's core may export its metrics to, the best first. */
  async exporters(): Promise<readonly MetricsExporterConfig[]> {
    const { exporter } = new EventBuffer()
    if (this.#everyUpdate) return [exporter]
    const receiver = await PushReceiver.open().catch(() => undefined)
    return receiver === undefined ? [exporter] : [receiver.exporter, exporter]
  }

  /** Reads from the process's runtime from now on; returns how much of it can be read. */
  join(runtime: Runtime, logger: Logger): SdkReading {
    this.#logger = logger
    const source = EventBuffer.of(runtime) ?? PushReceiver.of(runtime)
    this.#isForeign = source === undefined
    if (source !== this.#source) {
      // The buffer of a runtime that has shut down keeps its last updates.
      this.leave()
      this.#source = source
      source?.listeners.add(this.#take)
      this.#hasHeard = false
      this.#heardAt = this.#now()
    }
    if (source === undefined) return 'none'
    return this.#everyUpdate && source instanceof PushReceiver ? 'polls' : 'whole'
  }

  /** Stops reading. */
  leave(): void {
    this.#read()
    this.#source?.listeners.delete(this.#take)
    this.#source = undefined
  }

  /**
   * Reports false when the metrics are unknown: other code owns the process's runtime, or no push
   * of its core ever came. Pushes that cease are those of a core that no longer works.
   */
  isKnown(): boolean {
    return !this.#isForeign && (this.#hasHeard || !this.isSilent())
  }

  /** Reports whether the core has pushed nothing for so long that its last gauges tell nothing. */
  isSilent(): boolean {
    return this.#source instanceof PushReceiver && this.#now() - this.#heardAt > pushOverdueMs
  }

  retrieveUpdates(): Iterable<SdkUpdate> {
    this.#read()
    this.#reportSilence()
    return this.#updates.splice(0)
  }

  #reportSilence(): void {
    const isSilent = this.isSilent()
    if (isSilent && !this.#isSilent)
      this.#logger?.warn(
        { seconds: pushOverdueMs / 1_000 },
        this.#hasHeard
          ? 'the Temporal SDK no longer reports its polls; poll ages grow until it does'
          : 'the Temporal SDK does not report its polls; poll ages are unknown',
      )
    this.#isSilent = isSilent
  }

  #read(): void {
    if (this.#source instanceof EventBuffer) this.#source.read()
  }

  readonly #take = (updates: readonly SdkUpdate[]): void => {
    this.#heardAt = this.#now()
    this.#hasHeard = true
    const { namespace, taskQueue } = this.#queue
    for (const update of updates) {
      const { attributes } = update
      const concerns =
        (attributes['namespace'] ?? namespace) === namespace &&
        (attributes['task_queue'] ?? taskQueue) === taskQueue
      if (concerns) this.#updates.push(update)
    }
  }
}
