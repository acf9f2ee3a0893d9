import { describe, expect, it } from 'vitest'
import { families } from '../catalogue.ts'
import { createRegistry } from '../instruments/registry.ts'
import { selfFamilies } from './self.ts'

function setup() {
  const registry = createRegistry()
  const self = selfFamilies(registry)
  const samples = (): Record<string, number> =>
    Object.fromEntries(
      registry
        .collect()
        .collected.flatMap(({ family, series }) =>
          series.map(({ labels, slot }) => [
            [family.name.replace('compozy_metrics_', ''), ...Object.values(labels)].join(' '),
            'value' in slot ? slot.value : slot.sum,
          ]),
        ),
    )
  return { self, samples }
}

describe('what monitoring says of itself', () => {
  it('Should be at 0 before anything happens, for every family that may drop a label set', () => {
    const { samples } = setup()
    const names = Object.keys(samples())
    for (const name of [
      'scrapes_total 200',
      'scrapes_total 401',
      'scrapes_total 500',
      'scrapes_total 503',
      'collect_errors_total exposition',
      'collect_errors_total meter',
      `dropped_series_total ${families.httpRequests.name}`,
    ])
      expect(names).toContain(name)
    // Closed families never drop one, and the counter itself would count forever.
    expect(names).not.toContain(`dropped_series_total ${families.scrapes.name}`)
    expect(names).not.toContain(`dropped_series_total ${families.droppedSeries.name}`)
    expect(new Set(Object.values(samples()))).toEqual(new Set([0]))
  })

  it('Should count each thing once', () => {
    const { self, samples } = setup()
    self.recordScrape('500', 0.25)
    self.setSeries(7)
    self.setSeries(5)
    self.expectCollectors(['compozy_a'])
    self.recordCollectError('compozy_b')
    self.recordDrop(families.httpRequests.name)
    self.recordDrop(families.droppedSeries.name)
    self.recordFailure('scrape')
    expect(samples()).toMatchObject({
      'scrapes_total 500': 1,
      'scrapes_total 200': 0,
      scrape_duration_seconds: 0.25,
      series: 5,
      'collect_errors_total compozy_a': 0,
      'collect_errors_total compozy_b': 1,
      [`dropped_series_total ${families.httpRequests.name}`]: 1,
      'errors_total scrape': 1,
      'errors_total tool_call': 0,
    })
    expect(samples()).not.toHaveProperty([`dropped_series_total ${families.droppedSeries.name}`])
  })
})
