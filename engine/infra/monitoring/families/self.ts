import { families, type Family } from '../catalogue.ts'
import { guardedPlaces } from '../catalogue/self.ts'
import type { GuardedPlace } from '../adapters/guard.ts'
import { isOpen, type Registry } from '../instruments/registry.ts'
import { mapOf } from './map-of.ts'

/** Status of a scrape. */
export type ScrapeCode = '200' | '401' | '500' | '503'

/** Records what monitoring does. */
export interface SelfFamilies {
  recordScrape(code: ScrapeCode, seconds: number): void
  setSeries(count: number): void
  recordCollectError(collector: string): void
  /** Exports the errors of collectors at 0: what an alert reads exists before it happens. */
  expectCollectors(collectors: readonly string[]): void
  /** Records a label set of a family that became `other`. */
  recordDrop(family: string): void
  recordFailure(place: GuardedPlace): void
}

const codes = ['200', '401', '500', '503'] as const

/** Declares the families about monitoring itself. */
export function selfFamilies(registry: Registry): SelfFamilies {
  const scrapes = registry.instrument(families.scrapes)
  const byCode = mapOf(codes, (code) => scrapes({ code }))
  const duration = registry.instrument(families.scrapeDuration)({})
  const series = registry.instrument(families.series)({})
  const collectErrors = registry.instrument(families.collectErrors)
  const droppedSeries = registry.instrument(families.droppedSeries)
  for (const collector of ['exposition', 'meter']) collectErrors({ collector })
  const open: readonly Family[] = Object.values(families).filter(({ labels }: Family) =>
    Object.values(labels).some(isOpen),
  )
  const own = registry.nameOf(families.droppedSeries)
  for (const name of open.map(registry.nameOf)) droppedSeries({ metric: name })
  const errors = registry.instrument(families.errors)
  const byPlace = mapOf(guardedPlaces, (place) => errors({ place }))
  return {
    recordScrape(code, seconds) {
      byCode[code].add(1)
      duration.observe(seconds)
    },
    setSeries: (count) => {
      series.value = count
    },
    expectCollectors: (collectors) => {
      for (const collector of collectors) collectErrors({ collector })
    },
    recordCollectError: (collector) => collectErrors({ collector }).add(1),
    recordDrop(metric) {
      // Its own overflow would record itself forever.
      if (metric !== own) droppedSeries({ metric }).add(1)
    },
    recordFailure: (place) => byPlace[place].add(1),
  }
}
