import { MetricsBuffer, type MetricsExporterConfig, type Runtime } from '@temporalio/worker'
import type { SdkUpdate } from '../../infra/monitoring/public/index.ts'

/**
 * Updates that the buffer holds; one more, and the SDK loses the batch. A run of the quickstart
 * makes about a hundred, and a busy buffer is read four times a second: room for 650 such runs a
 * second. While the event loop is blocked, no step ends and few updates come. The SDK reserves 58
 * bytes for each in advance.
 */
const maxBufferSize = 16_384

/** Every update of a process's native runtime, one by one, shared by its engines. */
export class EventBuffer extends MetricsBuffer {
  /** Called with the updates of each read. */
  readonly listeners = new Set<(updates: readonly SdkUpdate[]) => void>()

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

  /** Gives what has come to all listeners. Throws when the buffer was full. */
  read(): void {
    const updates = [...this.retrieveUpdates()]
    for (const listener of this.listeners) listener(updates)
  }
}
