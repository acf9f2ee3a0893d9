import type { MetricsExporterConfig, Runtime } from '@temporalio/worker'
import { EventBuffer } from './event-buffer.ts'
import { PushReceiver } from './push-receiver.ts'
import type { SdkEvent } from './sdk-event.ts'

/** What the workers of one engine poll. */
export interface PolledQueue {
  readonly namespace: string
  readonly taskQueue: string
}

/** How an engine reads the runtime of its process. */
export type SdkReading =
  /** Everything that it wants. */
  | 'whole'
  /** Counters and gauges: another engine installed the runtime, and wanted no more. */
  | 'without_latencies'
  /** Nothing: other code installed the runtime. */
  | 'none'

/**
 * The metrics of Temporal's SDK that concern one engine. The SDK has one runtime per process:
 * several engines share it. An update without a namespace or a task queue, such as a gRPC request,
 * concerns every engine of the process.
 *
 * An engine that only wants its polls is told of counters and gauges once a second. One that
 * exports all metrics, with their latencies, reads each event from a buffer, which costs more.
 */
export class SdkMetrics {
  readonly #queue: PolledQueue
  readonly #wantsAll: boolean
  #source: EventBuffer | PushReceiver | undefined
  #isForeign = false
  #events: SdkEvent[] = []

  constructor(queue: PolledQueue, wants: 'polls' | 'all') {
    this.#queue = queue
    this.#wantsAll = wants === 'all'
  }

  /** Returns how the SDK's core is to tell its metrics: the first that it takes. */
  async exporters(): Promise<readonly MetricsExporterConfig[]> {
    const { exporter } = new EventBuffer()
    if (this.#wantsAll) return [exporter]
    const receiver = await PushReceiver.open().catch(() => undefined)
    return receiver === undefined ? [exporter] : [receiver.exporter, exporter]
  }

  /** Reads from the process's runtime from now on; returns how much of it can be read. */
  join(runtime: Runtime): SdkReading {
    const source = EventBuffer.of(runtime) ?? PushReceiver.of(runtime)
    this.#isForeign = source === undefined
    if (source !== this.#source) {
      // The buffer of a runtime that has shut down keeps its last updates.
      this.leave()
      this.#source = source
      source?.listen(this.#take)
    }
    if (source === undefined) return 'none'
    return this.#wantsAll && source instanceof PushReceiver ? 'without_latencies' : 'whole'
  }

  /** Stops reading. */
  leave(): void {
    this.#read()
    this.#source?.unlisten(this.#take)
    this.#source = undefined
  }

  /** Reports false when other code owns the process's runtime, and the metrics are unknown. */
  isKnown(): boolean {
    return !this.#isForeign
  }

  retrieveUpdates(): Iterable<SdkEvent> {
    this.#read()
    return this.#events.splice(0)
  }

  #read(): void {
    if (this.#source instanceof EventBuffer) this.#source.read()
  }

  readonly #take = (events: readonly SdkEvent[]): void => {
    const { namespace, taskQueue } = this.#queue
    for (const event of events) {
      const { attributes } = event
      const concerns =
        (attributes['namespace'] ?? namespace) === namespace &&
        (attributes['task_queue'] ?? taskQueue) === taskQueue
      if (concerns) this.#events.push(event)
    }
  }
}
