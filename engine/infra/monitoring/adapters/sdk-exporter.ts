import { families, type Family } from '../catalogue.ts'
import { sdkFamilies } from '../catalogue/temporal-sdk.ts'
import type { Instrument, Registry } from '../instruments/registry.ts'
import type { HistogramSlot, ValueSlot } from '../instruments/slots.ts'
import type { SdkUpdate } from './sdk-metrics.ts'

/** Exports the events of the SDK as families. */
export interface SdkExporter {
  record(update: SdkUpdate): void
  forgetGauges(): void
  countLostBatch(): void
}

type SdkSlot = ValueSlot | HistogramSlot
type SdkInstrument = Instrument<Family, SdkSlot>
type SdkAttributes = SdkUpdate['attributes']

interface RecordedFamily {
  readonly family: Family
  readonly instrument: SdkInstrument
  readonly slots: WeakMap<SdkAttributes, SdkSlot>
  /** Last value of a gauge by the attributes object of the worker that sets it. */
  readonly gaugeValues: Map<SdkAttributes, number>
}

/** Declares the families of the SDK. */
export function createSdkExporter(registry: Registry): SdkExporter {
  const lost = registry.instrument(families.sdkLostBatches)({})
  const byName = new Map<string, RecordedFamily>()
  for (const family of sdkFamilies) {
    const name = family.name.replace(/_(total|seconds)$/, '')
    // A table of families has no typed labels.
    const instrument = registry.instrument(family) as unknown as SdkInstrument
    byName.set(name, { family, instrument, slots: new WeakMap(), gaugeValues: new Map() })
  }

  function slotOf(
    { family, instrument, slots }: RecordedFamily,
    attributes: SdkAttributes,
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

  /** Two workers of a process set the same gauge: the exported value is their sum. */
  function setGauge(recorded: RecordedFamily, attributes: SdkAttributes, value: number): void {
    const slot = slotOf(recorded, attributes) as ValueSlot
    slot.add(value - (recorded.gaugeValues.get(attributes) ?? 0))
    recorded.gaugeValues.set(attributes, value)
  }

  return {
    record({ metric, value, attributes }) {
      const recorded = byName.get(metric.name)
      if (recorded === undefined) return
      if (recorded.family.kind === 'gauge') {
        setGauge(recorded, attributes, value)
        return
      }
      const slot = slotOf(recorded, attributes)
      if ('observe' in slot) slot.observe(value)
      else slot.add(value)
    },
    forgetGauges() {
      for (const { gaugeValues, slots } of byName.values()) {
        for (const attributes of gaugeValues.keys()) {
          const slot = slots.get(attributes)
          if (slot !== undefined && 'value' in slot) slot.value = 0
        }
        gaugeValues.clear()
      }
    },
    countLostBatch: () => lost.add(1),
  }
}
