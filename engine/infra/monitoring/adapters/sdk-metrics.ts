import { families, type Family } from '../catalogue.ts'
import { sdkFamilies } from '../catalogue/temporal-sdk.ts'
import type { Instrument, Registry } from '../instruments/registry.ts'
import type { HistogramSlot, ValueSlot } from '../instruments/slots.ts'
import type { Guard } from './guard.ts'

/** One event of the SDK: a counter increment, a gauge value or an observation in seconds. */
export interface SdkUpdate {
  readonly metric: { readonly name: string }
  readonly value: number
  /** The SDK reuses the object for the same labels where it can. */
  readonly attributes: Readonly<Record<string, string | number | boolean>>
}

/** The buffer of the SDK's events: its `MetricsBuffer`. */
export interface SdkSource {
  retrieveUpdates(): Iterable<SdkUpdate>
}

/** Records the metrics of the Temporal SDK. */
export interface SdkRecorder {
  /** Starts to read a buffer. */
  start(source: SdkSource): void
  /** Reads the buffer now. */
  drain(): void
  stop(): void
}

/** Between two reads. A full buffer loses whole batches, and a scrape may be a minute away. */
const drainEveryMs = 250

type SdkSlot = ValueSlot | HistogramSlot
type AnyInstrument = Instrument<Family, SdkSlot>

interface Recorder {
  readonly family: Family
  readonly instrument: AnyInstrument
  readonly slots: WeakMap<object, SdkSlot>
}

/** Declares the families of the SDK and records its events. */
export function createSdkRecorder(registry: Registry, guard: Guard): SdkRecorder {
  const lost = registry.instrument(families.sdkLostBatches)({})
  const byName = new Map<string, Recorder>()
  for (const family of sdkFamilies) {
    const name = family.name.replace(/_(total|seconds)$/, '')
    const instrument = registry.instrument(family) as unknown as AnyInstrument
    byName.set(name, { family, instrument, slots: new WeakMap() })
  }

  function slotOf(
    { family, instrument, slots }: Recorder,
    attributes: SdkUpdate['attributes'],
  ): SdkSlot {
    let slot = slots.get(attributes)
    if (slot === undefined) {
      const labels = Object.fromEntries(
        Object.keys(family.labels).map((label) => [label, String(attributes[label] ?? '')]),
      )
      slot = instrument(labels)
      slots.set(attributes, slot)
    }
    return slot
  }

  function record({ metric, value, attributes }: SdkUpdate): void {
    const recorder = byName.get(metric.name)
    if (recorder === undefined) return
    const slot = slotOf(recorder, attributes)
    if ('observe' in slot) slot.observe(value)
    else if (recorder.family.kind === 'counter') slot.add(value)
    else slot.value = value
  }

  let source: SdkSource | undefined
  let timer: NodeJS.Timeout | undefined

  function drain(): void {
    if (source === undefined) return
    try {
      for (const update of source.retrieveUpdates()) record(update)
    } catch (error) {
      // A full buffer makes the SDK throw and drop the whole batch.
      lost.add(1)
      guard.report('temporal_sdk', error)
    }
  }

  return {
    drain,
    start(buffer) {
      source = buffer
      timer = setInterval(drain, drainEveryMs).unref()
    },
    stop() {
      clearInterval(timer)
      drain()
    },
  }
}
