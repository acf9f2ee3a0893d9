import type { Sample } from '../support/metrics.ts'
import { scrape, sumOf } from '../support/metrics.ts'

/** What one process counted, as far as a scrape saw it. */
interface Process {
  readonly metrics: string
  samples: readonly Sample[]
  isGone: boolean
}

/** Sums the counters of processes that come and go, as Prometheus sums their series. */
export interface Ledger {
  /** Follows a process by scraping it, until it does not answer any more. */
  follow(metrics: string): void
  /** Sum of a family over all processes, dead ones included. */
  sum(family: string, labels?: Readonly<Record<string, string>>): number
  stop(): void
}

/** A ledger that scrapes every `everyMs`. */
export function createLedger(everyMs: number): Ledger {
  const processes: Process[] = []
  const look = async (process: Process): Promise<void> => {
    try {
      process.samples = (await scrape(process.metrics)).samples
    } catch {
      process.isGone = true
    }
  }
  const timer = setInterval(() => {
    for (const process of processes) if (!process.isGone) void look(process)
  }, everyMs)
  return {
    follow: (metrics) => void processes.push({ metrics, samples: [], isGone: false }),
    sum: (family, labels) =>
      processes.reduce((total, { samples }) => total + sumOf(samples, family, labels), 0),
    stop: () => clearInterval(timer),
  }
}
