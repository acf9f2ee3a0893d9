import { MetricsBuffer, type BufferedMetricUpdate, type Runtime } from '@temporalio/worker'

/** What the workers of one engine poll. */
export interface PolledQueue {
  readonly namespace: string
  readonly taskQueue: string
}

/**
 * Updates that the buffer holds; one more, and the SDK loses the batch. A run of the quickstart
 * makes about a hundred, and a busy buffer is read four times a second: room for 650 such runs a
 * second. While the event loop is blocked, no step ends and few updates come. The SDK reserves 58
 * bytes for each in advance.
 */
const maxBufferSize = 16_384

/** The one buffer of a process's native runtime, shared by its engines. */
class SharedBuffer extends MetricsBuffer {
  readonly #engines = new Set<SdkMetrics>()

  constructor() {
    super({ maxBufferSize, useSecondsForDurations: true })
  }

  add(engine: SdkMetrics): void {
    this.#engines.add(engine)
  }

  delete(engine: SdkMetrics): void {
    this.#engines.delete(engine)
  }

  /** Gives each update to the engines that it concerns. */
  distribute(): void {
    for (const update of this.retrieveUpdates())
      for (const engine of this.#engines) engine.take(update)
  }
}

/**
 * The metrics of Temporal's SDK that concern one engine. The SDK has one runtime and one buffer per
 * process: several engines share them. An update without a namespace or a task queue, such as a
 * gRPC request, concerns every engine of the process.
 */
export class SdkMetrics {
  readonly #queue: PolledQueue
  #buffer: SharedBuffer | undefined
  #isForeign = false
  #updates: BufferedMetricUpdate[] = []

  constructor(queue: PolledQueue) {
    this.#queue = queue
  }

  /** Returns a buffer for a new runtime. */
  createBuffer(): MetricsBuffer {
    return new SharedBuffer()
  }

  /** Reads from the process's runtime from now on; returns whether that runtime can be read. */
  join(runtime: Runtime): boolean {
    const { metricsBuffer } = runtime
    const buffer = metricsBuffer instanceof SharedBuffer ? metricsBuffer : undefined
    this.#isForeign = buffer === undefined
    if (buffer === this.#buffer) return !this.#isForeign
    // The buffer of a runtime that has shut down keeps its last updates.
    this.leave()
    this.#buffer = buffer
    buffer?.add(this)
    return !this.#isForeign
  }

  /** Stops reading. */
  leave(): void {
    this.#buffer?.distribute()
    this.#buffer?.delete(this)
    this.#buffer = undefined
  }

  /** Reports false when other code owns the process's runtime, and the metrics are unknown. */
  isKnown(): boolean {
    return !this.#isForeign
  }

  retrieveUpdates(): Iterable<BufferedMetricUpdate> {
    this.#buffer?.distribute()
    return this.#updates.splice(0)
  }

  take(update: BufferedMetricUpdate): void {
    const { namespace, taskQueue } = this.#queue
    const { attributes } = update
    const concerns =
      (attributes['namespace'] ?? namespace) === namespace &&
      (attributes['task_queue'] ?? taskQueue) === taskQueue
    if (concerns) this.#updates.push(update)
  }
}
