import { families, type Family } from '../catalogue.ts'
import { guardedPlaces } from '../catalogue/self.ts'
import type { Place } from '../adapters/guard.ts'
import { isOpen, type Registry } from '../instruments/registry.ts'
import { mapOf } from './temporal.ts'

/** Status of an answered scrape. */
export type ScrapeCode = '200' | '401' | '500' | '503'

/** What monitoring records of itself. */
export interface SelfFamilies {
  scraped(code: ScrapeCode, seconds: number): void
  setSeries(count: number): void
  collectFailed(collector: string): void
  /** A label set of this family fell to `other`. */
  dropped(family: string): void
  failed(place: Place): void
}

const codes = ['200', '401', '500', '503'] as const

/** Declares what monitoring tells of itself. */
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
  for (const { name } of open)
    if (name !== families.droppedSeries.name) droppedSeries({ metric: name })
  const errors = registry.instrument(families.errors)
  const byPlace = mapOf(guardedPlaces, (place) => errors({ place }))
  return {
    scraped(code, seconds) {
      byCode[code].add(1)
      duration.observe(seconds)
    },
    setSeries: (count) => {
      series.value = count
    },
    collectFailed: (collector) => collectErrors({ collector }).add(1),
    dropped(metric) {
      // Its own overflow would tell of itself for ever.
      if (metric !== families.droppedSeries.name) droppedSeries({ metric }).add(1)
    },
    failed: (place) => byPlace[place].add(1),
  }
}
