import { families, type Family } from '../catalogue.ts'
import { sdkFamilies } from '../catalogue/temporal-sdk.ts'
import type { Instrument, Registry } from '../instruments/registry.ts'
import type { HistogramSlot, ValueSlot } from '../instruments/slots.ts'
import type { Guard } from './guard.ts'

/** One event of the SDK: a counter's increment, a gauge's value or a histogram's observation in seconds. */
export interface SdkUpdate {
  readonly metric: { readonly name: string }
  readonly value: number
  /** The SDK uses the same object for the same labels as far as it can. */
  readonly attributes: Readonly<Record<string, string | number | boolean>>
}

/** Where the SDK keeps its events until they are fetched: its `MetricsBuffer`. */
export interface SdkSource {
  retrieveUpdates(): Iterable<SdkUpdate>
}

/** The SDK's own metrics. */
export interface CoreMetrics {
  /** Fetches from this buffer from now on. */
  start(source: SdkSource): void
  /** Fetches now. */
  drain(): void
  stop(): void
}

/** The buffer overflows without it, and then whole batches are lost: a scrape may be a minute away. */
const drainEveryMs = 250

type Slot = ValueSlot | HistogramSlot
type AnyInstrument = Instrument<Family, Slot>

interface Recorder {
  readonly family: Family
  readonly instrument: AnyInstrument
  readonly slots: WeakMap<object, Slot>
}

/** Declares the SDK's families and keeps them up to date. */
export function createCoreMetrics(registry: Registry, guard: Guard): CoreMetrics {
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
  ): Slot {
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
      // An overflow makes the SDK throw and drop all that it had.
      lost.add(1)
      guard.note('temporal_sdk', error)
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
