import { describe, expect, it } from 'vitest'
import { evaluate } from './evaluate.ts'
import { parsePromql } from '../page/build/parse-promql.ts'
import { SampleStore, type ScrapedSample } from './sample-store.ts'

const minute = 60_000
const sample = (name: string, value: number, labels = {}): ScrapedSample => ({
  labels: { ...labels, __name__: name },
  value,
})
const read = (store: SampleStore, query: string, at: number) =>
  evaluate(parsePromql(query), store, at)

describe('the samples of the page', () => {
  it('Should end a series that a scrape misses, at once', () => {
    const store = new SampleStore(15 * minute)
    store.add([sample('a', 1), sample('b', 2)], 0)
    store.add([sample('b', 3)], minute)
    expect(read(store, 'a', minute)).toEqual([])
    expect(read(store, 'b', minute)).toEqual([{ labels: { __name__: 'b' }, value: 3 }])
  })

  it('Should look back five minutes, and not one moment more', () => {
    const store = new SampleStore(15 * minute)
    store.add([sample('a', 1)], 0)
    expect(read(store, 'a', 5 * minute - 1)).toHaveLength(1)
    expect(read(store, 'a', 5 * minute)).toEqual([])
  })

  it('Should forget what is older than its time', () => {
    const store = new SampleStore(minute)
    store.add([sample('a', 1)], 0)
    store.add([sample('b', 1)], 2 * minute)
    store.add([sample('b', 1)], 4 * minute)
    expect(store.size).toBe(1)
  })

  it('Should see a restart as Prometheus does: what came after it counts', () => {
    const store = new SampleStore(15 * minute)
    for (const [i, value] of [100, 110, 5, 15].entries())
      store.add([sample('c', value)], i * minute)
    // The range is open on its left: 5 and 10 in two minutes, so 22.5 in three.
    expect(read(store, 'increase(c[3m])', 3 * minute)).toEqual([{ labels: {}, value: 22.5 }])
  })
})
