import type { SdkUpdate } from '../../infra/monitoring/public/index.ts'
import type { OtlpAttributes, OtlpPoint } from './otlp.ts'

interface KnownPoint {
  readonly attributes: OtlpAttributes
  value: number
}

function keyOf({ kind, metric, attributes, since }: OtlpPoint): string {
  const names = Object.keys(attributes).toSorted()
  const runtime = kind === 'counter' ? since : ''
  return JSON.stringify([metric.name, runtime, names.map((name) => [name, attributes[name]])])
}

/**
 * What the SDK's counters and gauges stood at, to tell what changed. The SDK bounds their number:
 * 2,000 label sets of each.
 */
export class PointHistory {
  #known = new Map<string, KnownPoint>()

  /**
   * Returns what changed since the points before: counters with what they rose by, then gauges with
   * their values. A label set keeps its object. A new runtime counts from 0.
   */
  updatesIn(points: readonly OtlpPoint[]): SdkUpdate[] {
    const counters: SdkUpdate[] = []
    const gauges: SdkUpdate[] = []
    const next = new Map<string, KnownPoint>()
    for (const point of points) {
      const key = keyOf(point)
      const before = this.#known.get(key)
      const { attributes } = before ?? point
      next.set(key, { attributes, value: point.value })
      const { metric, value } = point
      if (point.kind === 'gauge') gauges.push({ metric, value, attributes })
      else {
        const rise = value - (before?.value ?? 0)
        if (rise > 0) counters.push({ metric, value: rise, attributes })
      }
    }
    this.#known = next
    return [...counters, ...gauges]
  }
}
