import { scrape, sumOf, type Sample } from '../support/metrics.ts'

/** What one process counted, as far as a scrape saw it. */
interface Account {
  readonly metrics: string
  samples: readonly Sample[]
  /** When the last scrape that was answered began, ms since the epoch. */
  seenAt: number
  isEnded: boolean
}

/** Sums the counters of processes that come and go, as Prometheus sums their series. */
export interface Ledger {
  /** Follows a process: scrapes it until it ends. */
  follow(metrics: string): void
  /** Stops following; its last scrape stays in the sums. Returns when that scrape began. */
  end(metrics: string): number
  /** Sum of a family over all processes, ended ones included. */
  sum(family: string, labels?: Readonly<Record<string, string>>): number
  stop(): void
}

/** Prometheus sends it with each scrape. A process that stops waits for scrapers that do. */
const asPrometheus = { 'x-prometheus-scrape-timeout-seconds': '10' }

/** A ledger that scrapes every `everyMs`. */
export function createLedger(everyMs: number): Ledger {
  const accounts: Account[] = []
  const looking = new Set<Account>()
  async function look(account: Account): Promise<void> {
    // A stopped process answers late: one scrape at a time.
    if (account.isEnded || looking.has(account)) return
    looking.add(account)
    const beganAt = Date.now()
    try {
      const { samples } = await scrape(account.metrics, asPrometheus)
      Object.assign(account, { samples, seenAt: beganAt })
    } catch {
      // A draining process may refuse, a killed one does: what it showed last stands.
    } finally {
      looking.delete(account)
    }
  }
  const timer = setInterval(() => {
    for (const account of accounts) void look(account)
  }, everyMs)
  return {
    follow(metrics) {
      accounts.push({ metrics, samples: [], seenAt: Date.now(), isEnded: false })
    },
    end(metrics) {
      const account = accounts.findLast((candidate) => candidate.metrics === metrics)!
      account.isEnded = true
      return account.seenAt
    },
    sum: (family, labels) =>
      accounts.reduce((total, { samples }) => total + sumOf(samples, family, labels), 0),
    stop: () => clearInterval(timer),
  }
}
