import { MetricsBuffer, type MetricsExporterConfig, type Runtime } from '@temporalio/worker'
import type { SdkEvent } from './sdk-event.ts'

/**
 * Updates that the buffer holds; one more, and the SDK loses the batch. A run of the quickstart
 * makes about a hundred, and a busy buffer is read four times a second: room for 650 such runs a
 * second. While the event loop is blocked, no step ends and few updates come. The SDK reserves 58
 * bytes for each in advance.
 */
const maxBufferSize = 16_384

/** Every event of a process's native runtime, one by one, shared by its engines. */
export class EventBuffer extends MetricsBuffer {
  readonly #listeners = new Set<(events: readonly SdkEvent[]) => void>()

  constructor() {
    super({ maxBufferSize, useSecondsForDurations: true })
  }

  /** Returns the buffer of a runtime if it is one of these. */
  static of({ metricsBuffer }: Runtime): EventBuffer | undefined {
    return metricsBuffer instanceof EventBuffer ? metricsBuffer : undefined
  }

  /** The SDK's option that makes its core fill this buffer. */
  get exporter(): MetricsExporterConfig {
    return { buffer: this }
  }

  /** Calls a function with the events of each read from now on. */
  listen(listener: (events: readonly SdkEvent[]) => void): void {
    this.#listeners.add(listener)
  }

  unlisten(listener: (events: readonly SdkEvent[]) => void): void {
    this.#listeners.delete(listener)
  }

  /** Gives what has come to all that listen. Throws when the buffer was full. */
  read(): void {
    const events = [...this.retrieveUpdates()]
    for (const listener of this.#listeners) listener(events)
  }
}
