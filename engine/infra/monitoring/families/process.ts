import { readdirSync, readFileSync } from 'node:fs'
import {
  constants,
  monitorEventLoopDelay,
  performance,
  PerformanceObserver,
  type PerformanceEntry,
} from 'node:perf_hooks'
import { families, type Family } from '../catalogue.ts'
import { gcKinds } from '../catalogue/process.ts'
import type { Observe, Registry } from '../instruments/registry.ts'
import { mapOf } from './map-of.ts'

/** Length of an event loop interval, ms. All scrapers see the values of the last one. */
const intervalMs = 10_000

/**
 * Sampling period of the event loop delay, ms: 200 samples for a percentile, and a turn that is
 * longer is always seen. Each wakes an idle process: 20 ms took 2.4 ms of CPU a second, this 0.9.
 */
const resolutionMs = 50

type Unlabeled = { readonly labels: { readonly [K in never]: never } }

/** Reads a value that the platform may lack. */
function whereKnown(read: () => number | undefined): Observe<Family & Unlabeled> {
  return () => {
    const value = read()
    return value === undefined ? [] : [{ labels: {}, value }]
  }
}

function openFds(): number | undefined {
  try {
    // One of them is the directory being read.
    return readdirSync('/proc/self/fd').length - 1
  } catch {
    return undefined
  }
}

function maxFds(): number | undefined {
  try {
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
    return limit === undefined ? undefined : Number(limit)
  } catch {
    return undefined
  }
}

const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

function observeLoop(registry: Registry): () => void {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs })
  delay.enable()
  const seconds = (nanoseconds: number): number =>
    Math.max(0, nanoseconds / 1e9 - resolutionMs / 1e3)
  let last: { mean: number; p99: number; max: number; utilization: number } | undefined
  let before = performance.eventLoopUtilization()
  const timer = setInterval(() => {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, before)
    before = now
    const { mean, max } = delay
    const p99 = delay.percentile(99)
    last = { mean: seconds(mean), p99: seconds(p99), max: seconds(max), utilization }
    delay.reset()
  }, intervalMs).unref()
  registry.observe(
    families.eventLoopMean,
    whereKnown(() => last?.mean),
  )
  registry.observe(
    families.eventLoopP99,
    whereKnown(() => last?.p99),
  )
  registry.observe(
    families.eventLoopMax,
    whereKnown(() => last?.max),
  )
  registry.observe(
    families.eventLoopUtilization,
    whereKnown(() => last?.utilization),
  )
  return () => {
    clearInterval(timer)
    delay.disable()
  }
}

type GcEntry = PerformanceEntry & { readonly detail?: { readonly kind?: number } }

const gcNames: Readonly<Record<number, (typeof gcKinds)[number]>> = {
  [constants.NODE_PERFORMANCE_GC_MINOR]: 'minor',
  [constants.NODE_PERFORMANCE_GC_MAJOR]: 'major',
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: 'incremental',
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: 'weakcb',
}

function observeGc(registry: Registry): () => void {
  const instrument = registry.instrument(families.gcDuration)
  const slots = mapOf(gcKinds, (kind) => instrument({ kind }))
  const observer = new PerformanceObserver((list) => {
    for (const { duration, detail } of list.getEntries() as GcEntry[]) {
      const kind = gcNames[detail?.kind ?? 0]
      if (kind !== undefined) slots[kind].observe(duration / 1_000)
    }
  })
  observer.observe({ entryTypes: ['gc'] })
  return () => observer.disconnect()
}

/** Declares the process and Node.js families. A scrape only reads counters of the system. */
export function processFamilies(registry: Registry): { stop(): void } {
  const startedAt = performance.timeOrigin / 1_000
  const memory = (family: Family, read: () => number): void =>
    registry.observe(family, () => [{ labels: {}, value: read() }])
  registry.observe(families.processCpu, () => [{ labels: {}, value: cpuSeconds() }])
  memory(families.processResidentMemory, () => process.memoryUsage.rss())
  registry.observe(families.processStartTime, () => [{ labels: {}, value: startedAt }])
  registry.observe(families.processOpenFds, whereKnown(openFds))
  registry.observe(families.processMaxFds, whereKnown(maxFds))
  memory(families.heapTotal, () => process.memoryUsage().heapTotal)
  memory(families.heapUsed, () => process.memoryUsage().heapUsed)
  memory(families.externalMemory, () => process.memoryUsage().external)
  const stops = [observeLoop(registry), observeGc(registry)]
  return {
    stop: () => {
      for (const stop of stops) stop()
    },
  }
}
