import type { Meter } from '@opentelemetry/api'
import type { CollectionResult } from '@opentelemetry/sdk-metrics'
import type { OtelReader } from './otel-reader.ts'
import { createProducer } from './producer.ts'
import type { Registry } from './registry.ts'

/** Reads every family of one service. */
export interface Reader {
  /** Collects the slots, and the instruments of the Meter if there is one. */
  collect(): Promise<CollectionResult>
  /** Returns the Meter of the service. The first call loads OpenTelemetry's SDK. */
  meter(): Promise<Meter>
  stop(): Promise<void>
}

/**
 * Opens a reader over the slots. They are collected in OpenTelemetry's data model; its SDK is
 * loaded only for a Meter, and then collects both.
 */
export function openReader(registry: Registry, cardinalityLimit: number): Reader {
  const producer = createProducer(registry)
  let opening: Promise<OtelReader> | undefined
  let opened: OtelReader | undefined

  async function open(): Promise<OtelReader> {
    const { openOtelReader } = await import('./otel-reader.ts')
    return (opened = openOtelReader(producer, cardinalityLimit))
  }

  return {
    collect: () => (opened?.exporter ?? producer).collect(),
    async meter() {
      opening ??= open()
      return (await opening).provider.getMeter('custom')
    },
    async stop() {
      // The exporter fails to close a server that it never started.
      await opened?.provider.shutdown().catch(() => undefined)
    },
  }
}
