import { families } from '../catalogue.ts'
import { pollerTypes } from '../catalogue/temporal.ts'
import type { WorkerCounts } from '../families/temporal.ts'
import type { Registry } from '../instruments/registry.ts'

/** A kind of poller. */
export type PollerType = (typeof pollerTypes)[number]

/** Asks Temporal for its health: undefined when it is well, or why not; a rejection is no too. */
export type TemporalHealth = (timeoutMs: number) => Promise<string | undefined>

/** Tells whether this process reaches Temporal and whether its workers really poll. */
export interface Liveness {
  /** Checks the health of Temporal from now on. */
  start(health: TemporalHealth): void
  /** Records that Temporal answered a call of this process, as good as a health check. */
  answered(): void
  /**
   * Returns since when Temporal has answered without a break, by the clock; undefined while it does
   * not, and -Infinity where nobody checks.
   */
  reachableSince(): number | undefined
  setWorkers(workers: WorkerCounts): void
  /** Records a poll that Temporal answered. */
  polled(type: PollerType): void
  /** Records that every task slot is taken, or that one is free again. A full worker rests. */
  setFull(type: PollerType, full: boolean): void
  setDraining(): void
  stop(): void
}

/** Options of the liveness. */
export interface LivenessOptions {
  readonly registry: Registry
  /** Reports whether polls are seen. While they are not, poll ages are absent. Default: always. */
  readonly seesPolls?: () => boolean
  /** Monotonic clock in ms, for tests. */
  readonly now?: () => number
  /** Time between two checks, for tests. */
  readonly checkEveryMs?: number
}

/** Fixed, so that an outage pages within 3 minutes whatever `monitoring.reconcile_interval` is. */
const defaultCheckEveryMs = 5_000
/**
 * How long an answer to another call stands for a health check, ms: heartbeats of the fleet come
 * every 5 s, so that a process that sends them needs no check.
 */
const answerLastsMs = 6_000
const checkTimeoutMs = 2_000

/** Asks for the health. A program may hand in a check that fails, or that never answers. */
function reasonOf(health: TemporalHealth): Promise<string | undefined> {
  return new Promise((resolve) => {
    const late = setTimeout(() => resolve('no answer'), 2 * checkTimeoutMs).unref()
    const answer = (reason: string | undefined): void => {
      clearTimeout(late)
      resolve(reason)
    }
    void Promise.resolve(checkTimeoutMs)
      .then(health)
      .then(answer, () => answer('the check failed'))
  })
}

/** Declares reachability, poll ages and draining, all known at 0 from the first scrape. */
export function createLiveness(options: LivenessOptions): Liveness {
  const { registry, now = () => performance.now(), checkEveryMs = defaultCheckEveryMs } = options
  const { seesPolls = () => true } = options
  const reachable = registry.instrument(families.reachable)({})
  const draining = registry.instrument(families.draining)({})
  const lastPolls: Partial<Record<PollerType, number>> = {}
  const full = new Set<PollerType>()
  let workers: WorkerCounts | undefined
  let workersSetAt = now()
  let answeredAt = -Infinity
  let reachableSince: number | undefined
  let timer: NodeJS.Timeout | undefined
  let checks = false
  let stopped = false

  registry.observe(families.pollAge, () => {
    const works = workers !== undefined && workers.configured() > 0
    if (works && !seesPolls()) return []
    return pollerTypes.map((type) => ({
      labels: { poller_type: type },
      value: works ? ageOf(type) : 0,
    }))
  })

  function setReachable(isReachable: boolean): void {
    reachable.value = isReachable ? 1 : 0
    reachableSince = isReachable ? (reachableSince ?? now()) : undefined
  }

  function ageOf(type: PollerType): number {
    if (full.has(type)) return 0
    // After an outage an idle poll ends a minute after Temporal is back.
    const since = Math.max(lastPolls[type] ?? workersSetAt, reachableSince ?? -Infinity)
    return (now() - since) / 1_000
  }

  return {
    start(health) {
      checks = true
      const checkIn = (ms: number): void => {
        if (!stopped) timer = setTimeout(() => void check(), ms).unref()
      }
      const check = async (): Promise<void> => {
        const startedAt = now()
        const fresh = answeredAt + answerLastsMs - startedAt
        if (fresh > 0) return checkIn(fresh)
        const reason = await reasonOf(health)
        // Another call may have been answered meanwhile.
        setReachable(reason === undefined || answeredAt > startedAt)
        checkIn(checkEveryMs)
      }
      void check()
    },
    answered() {
      answeredAt = now()
      // Without checks nothing would ever set it back to 0.
      if (checks) setReachable(true)
    },
    reachableSince: () => (checks ? reachableSince : -Infinity),
    setWorkers(counts) {
      workers = counts
      workersSetAt = now()
    },
    polled: (type) => {
      lastPolls[type] = now()
    },
    setFull(type, isFull) {
      if (isFull) full.add(type)
      else if (full.delete(type)) lastPolls[type] = now()
    },
    setDraining: () => {
      draining.value = 1
    },
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}
