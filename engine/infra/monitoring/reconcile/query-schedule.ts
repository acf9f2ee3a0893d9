import type { reconcileSources } from '../catalogue/temporal.ts'
import type { Fleet } from './fleet.ts'
import type { PacedQueryOptions, ServerTruth } from './server-truth.ts'

export type ReconcileSource = (typeof reconcileSources)[number]

/** One query that is asked again and again. */
export interface Query {
  readonly source: ReconcileSource
  /** Names it among the processes of the fleet, which share the queries. */
  readonly key: string
  ask(truth: ServerTruth, options: PacedQueryOptions): Promise<void>
  /** Whether its answer is likely to change soon. */
  active(): boolean
  /** By the clock of the schedule, ms. */
  askedAt: number
}

/** Options of a schedule of queries. */
export interface ScheduleOptions {
  /** Read at each turn, so that queries may be added. */
  readonly queries: readonly Query[]
  readonly fleet: () => Fleet
  readonly intervalMs: number
  /** Queries per second of all processes together. */
  readonly budget: number
  /** How long one answer holds up the others, ms; default: not at all. */
  readonly heldUpMs?: () => number
  /** Monotonic clock in ms. */
  readonly now: () => number
}

/** Decides which query this process asks next. */
export interface QuerySchedule {
  /** Returns the part of the budget that belongs to this process: that of its queries. */
  share(): number
  /** Returns the query that has waited longest; undefined while all have been asked lately. */
  next(): Query | undefined
  /** Returns the time until a query is due, ms; Infinity without a query. */
  dueInMs(): number
  /** Returns how long a query waits for its turn: the interval, or longer on a short budget. */
  roundMs(active: boolean): number
}

/** How much sooner a query is asked again whose answer is likely to change. */
const urgencyOfActive = 4

/** Creates the schedule of one process. */
export function createQuerySchedule(options: ScheduleOptions): QuerySchedule {
  const { queries, fleet, intervalMs, budget, heldUpMs = () => 0, now } = options

  const owned = (): Query[] => queries.filter(({ key }) => fleet().owns(key))
  const share = (): number => Math.max(1, owned().length) / queries.length
  const urgency = (query: Query): number =>
    (now() - query.askedAt) * (query.active() ? urgencyOfActive : 1)

  return {
    share,
    next() {
      const due = owned().filter(({ askedAt }) => now() - askedAt >= intervalMs)
      return due.reduce<Query | undefined>(
        (best, query) => (best === undefined || urgency(query) > urgency(best) ? query : best),
        undefined,
      )
    },
    dueInMs: () => Math.min(...owned().map(({ askedAt }) => askedAt + intervalMs - now())),
    roundMs(active) {
      const mine = owned()
      const activeCount = mine.filter((query) => query.active()).length
      const turns = activeCount + (mine.length - activeCount) / urgencyOfActive
      const activeMs = (turns / (budget * share())) * 1_000 + heldUpMs()
      return Math.max(intervalMs, active ? activeMs : activeMs * urgencyOfActive)
    },
  }
}
