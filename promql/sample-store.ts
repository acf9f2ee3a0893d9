import type { LabelMatcher, SelectorExpression } from './expression.ts'
import type { Samples } from './evaluate.ts'
import { labelKey, type Labels, type RangeSeries, type VectorSample } from './value.ts'

/** How far an instant selector looks back, as Prometheus does by default. */
const lookbackMs = 300_000

/** A sample, or null for the end of a series. */
export interface ScrapedSample {
  readonly labels: Labels
  readonly value: number | null
}

interface StoredSeries {
  readonly labels: Labels
  readonly times: number[]
  /** null is a stale mark: the series was not in the scrape. */
  readonly values: (number | null)[]
}

function matches(labels: Labels, { label, op, value }: LabelMatcher, pattern?: RegExp): boolean {
  const text = labels[label] ?? ''
  if (op === '=' || op === '!=') return (text === value) === (op === '=')
  return pattern!.test(text) === (op === '=~')
}

/**
 * The samples of the last `retentionMs`, as Prometheus would keep them: each scrape marks the
 * series that it misses as stale.
 */
export class SampleStore implements Samples {
  readonly #retentionMs: number
  readonly #byName = new Map<string, Map<string, StoredSeries>>()

  constructor(retentionMs: number) {
    this.#retentionMs = retentionMs
  }

  /** Number of series. */
  get size(): number {
    return [...this.#byName.values()].reduce((sum, { size }) => sum + size, 0)
  }

  /**
   * Adds one scrape at a time in ms. With `names`, only series of those names that are missing
   * become stale; so recording rules and scrapes leave one another alone.
   */
  add(samples: Iterable<ScrapedSample>, at: number, names?: ReadonlySet<string>): void {
    const seen = new Set<StoredSeries>()
    for (const { labels, value } of samples) {
      const series = this.#series(labels)
      this.#append(series, at, value)
      seen.add(series)
    }
    for (const [name, all] of this.#byName)
      if (names === undefined || names.has(name))
        for (const series of all.values())
          if (!seen.has(series) && series.values.at(-1) !== null) this.#append(series, at, null)
    this.#forget(at)
  }

  instant({ matchers }: SelectorExpression, to: number): readonly VectorSample[] {
    return this.#select(matchers).flatMap(({ labels, times, values }) => {
      const last = times.findLastIndex((time) => time <= to)
      const value = values[last]
      if (value === undefined || value === null || times[last]! <= to - lookbackMs) return []
      return [{ labels, value }]
    })
  }

  range({ matchers }: SelectorExpression, from: number, to: number): readonly RangeSeries[] {
    return this.#select(matchers).flatMap((series) => {
      const times: number[] = []
      const values: number[] = []
      for (const [i, time] of series.times.entries()) {
        const value = series.values[i]
        if (time <= from || time > to || value === null || value === undefined) continue
        times.push(time)
        values.push(value)
      }
      return times.length === 0 ? [] : [{ labels: series.labels, times, values }]
    })
  }

  #series(labels: Labels): StoredSeries {
    const name = labels['__name__'] ?? ''
    const all = this.#byName.get(name) ?? new Map<string, StoredSeries>()
    this.#byName.set(name, all)
    const key = labelKey(labels)
    const series = all.get(key) ?? { labels, times: [], values: [] }
    all.set(key, series)
    return series
  }

  #append({ times, values }: StoredSeries, at: number, value: number | null): void {
    times.push(at)
    values.push(value)
  }

  #forget(now: number): void {
    const from = now - this.#retentionMs
    for (const [name, all] of this.#byName) {
      for (const [key, { times, values }] of all) {
        const kept = times.findIndex((time) => time > from)
        const gone = kept === -1 ? times.length : kept
        times.splice(0, gone)
        values.splice(0, gone)
        if (times.length === 0) all.delete(key)
      }
      if (all.size === 0) this.#byName.delete(name)
    }
  }

  #select(matchers: readonly LabelMatcher[]): readonly StoredSeries[] {
    const name = matchers.find(({ label, op }) => label === '__name__' && op === '=')
    const tests = matchers.map((matcher) => ({
      matcher,
      pattern: matcher.op.endsWith('~') ? new RegExp(`^(?:${matcher.value})$`, 'u') : undefined,
    }))
    const candidates =
      name === undefined
        ? [...this.#byName.values()].flatMap((all) => [...all.values()])
        : [...(this.#byName.get(name.value)?.values() ?? [])]
    return candidates.filter(({ labels }) =>
      tests.every(({ matcher, pattern }) => matches(labels, matcher, pattern)),
    )
  }
}
