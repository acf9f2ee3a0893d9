import { mapOf } from '../families/map-of.ts'
import { isTemporalFailure } from '../../../core/errors.ts'
import { families, otherLabel } from '../catalogue.ts'
import { reconcileSources, serverCloseOutcomes } from '../catalogue/temporal.ts'
import type { IdleSeries } from '../families/idle-series.ts'
import type { Registry } from '../instruments/registry.ts'
import { closesKey, createCloseCounting } from './close-counting.ts'
import { sumCloses } from './close-totals.ts'
import { createFleet } from './fleet.ts'
import type { Guard } from '../adapters/guard.ts'
import { createMembership, type FleetNotes, type Membership } from './membership.ts'
import { createQueryBudget, idleFor } from './query-budget.ts'
import { createQuerySchedule, type Query, type ReconcileSource } from './query-schedule.ts'
import { createServerAnswers } from './server-answers.ts'
import type { ServerTruth } from './server-truth.ts'

/** Options of a reconciler. */
export interface ReconcilerOptions {
  readonly registry: Registry
  readonly workflowTypes: readonly string[]
  readonly intervalMs: number
  /** Visibility queries per second, for all processes together. */
  readonly budget: number
  /** Which series of workflows exist before Temporal has runs of them. Default all. */
  readonly idleSeries?: IdleSeries
  readonly guard: Guard
  /** Called whenever Temporal has answered: it is reachable. */
  readonly onAnswer?: () => void
  /** Monotonic clock in ms, for tests. By a wall clock that is set back, nothing would be due. */
  readonly now?: () => number
  /** From 0 to 1, for tests. */
  readonly random?: () => number
}

/** Queries Temporal again and again. */
export interface Reconciler {
  /** Queries new workflow types on their own; they are no longer part of `other`. */
  addKnown(types: readonly string[]): void
  /** Exports the closes of a workflow that is no longer idle at 0. */
  expectCloses(type: string): void
  start(truth: ServerTruth): void
  /**
   * Counts no more closes, and waits up to `withinMs` for a count that the other processes know of.
   * Everything else goes on.
   */
  stopCounting(withinMs: number): Promise<void>
  stop(): Promise<void>
}

/**
 * How long a failed query waits at most, ms. CompozyServerUnanswered needs four failures in 15
 * minutes, also where the interval is an hour.
 */
const longestRetryMs = 60_000
/** How long to rest at most while no query is due, ms: without a query, none ever is. */
const longestRestMs = 5_000

const queryMessage = 'a query of monitoring to Temporal failed; it is repeated'

/**
 * Keeps what Temporal knows ready for scrapes, which never wait for it. All processes together ask
 * one query per workflow and interval, within the budget.
 */
export function createReconciler(options: ReconcilerOptions): Reconciler {
  const { registry, workflowTypes, intervalMs, budget, guard } = options
  const { now = () => performance.now(), random = Math.random } = options
  const { idleSeries = 'all', onAnswer } = options
  const errors = registry.instrument(families.reconcileErrors)
  const failures = mapOf(reconcileSources, (source) => errors({ source }))
  const closed = registry.instrument(families.workflowServerClosed)
  const known = new Set(workflowTypes)
  for (const type of known) exportIdle(type)

  let fleet = createFleet('')
  let membership: Membership
  const counting = createCloseCounting({
    intervalMs,
    fleet: () => fleet,
    membership: () => membership,
    now,
    onCloses(closes) {
      const nameOf = (type: string): string => (known.has(type) ? type : otherLabel)
      for (const [type, totals] of sumCloses(closes, nameOf)) {
        exportCloses(type)
        for (const outcome of serverCloseOutcomes)
          if (totals[outcome] > 0) closed({ workflow_type: type, outcome }).add(totals[outcome])
      }
    },
  })

  const retryMs = Math.min(intervalMs, longestRetryMs)
  const closesQuery: Query = query('closes', closesKey, async (truth, how) => {
    const againMs = await counting.count(truth, how)
    closesQuery.askedAt += againMs - intervalMs
  })
  /** When the answer about stuck runs was begun, and how long the last one took, ms. */
  let stuckSince: number | undefined
  let stuckMs = 0
  const stuckQuery = query('stuck', 'stuck', async (truth, how) => {
    const began = now()
    stuckSince = began
    try {
      answers.stuck(await truth.stuck(how))
    } finally {
      stuckSince = undefined
      stuckMs = now() - began
    }
  })
  /** How long other queries wait for that answer: it may take a query for each 1,000 runs. */
  const heldUpMs = (): number =>
    Math.max(stuckMs, stuckSince === undefined ? 0 : now() - stuckSince)
  const otherQuery = executionsQuery(otherLabel)
  const queries: Query[] = [
    ...(['workflow', 'activity'] as const).map((kind) =>
      query('backlog', `backlog ${kind}`, async (truth, how) =>
        answers.backlog(kind, await truth.taskQueue(kind, how)),
      ),
    ),
    stuckQuery,
    closesQuery,
    ...workflowTypes.map(executionsQuery),
    otherQuery,
  ]
  const schedule = createQuerySchedule({
    queries,
    fleet: () => fleet,
    intervalMs,
    budget,
    heldUpMs,
    now,
  })
  const { roundMs, share } = schedule
  const answers = createServerAnswers({
    registry,
    workflowTypes: known,
    idleSeries,
    roundMs,
    now,
  })
  const pace = createQueryBudget({ perSecond: budget, share })

  function query(
    source: ReconcileSource,
    key: string,
    ask: Query['ask'],
    active = (): boolean => true,
  ): Query {
    return { source, key, ask, active, askedAt: -Infinity }
  }

  function executionsQuery(type: string): Query {
    const scope = () => (type === otherLabel ? { except: [...known] } : type)
    return query(
      'executions',
      `executions ${type}`,
      async (truth, how) => answers.executions(type, await truth.executions(scope(), how)),
      () => answers.hasOpenRuns(type),
    )
  }

  function exportCloses(type: string): void {
    for (const outcome of serverCloseOutcomes) closed({ workflow_type: type, outcome })
  }

  function exportIdle(type: string): void {
    // The family is there, also where all workflows are idle.
    exportCloses(idleSeries === 'all' ? type : otherLabel)
  }

  function addKnown(types: readonly string[]): void {
    for (const type of types) {
      if (known.has(type)) continue
      known.add(type)
      exportIdle(type)
      queries.push(executionsQuery(type))
      // The last answers count the type as other: they are asked for again before its own.
      otherQuery.askedAt = -Infinity
      stuckQuery.askedAt = -Infinity
    }
    rest.abort()
  }

  function membershipOf(notes: FleetNotes): Membership {
    const onFailure = (error: unknown): void => recordFailure('fleet', error)
    const onSuccess = (): void => {
      onAnswer?.()
      // A process may own other queries now.
      rest.abort()
    }
    return createMembership({ fleet, notes, countingKey: closesKey, onSuccess, onFailure })
  }

  function recordFailure(source: ReconcileSource, error: unknown): void {
    failures[source].add(1)
    // Temporal's failures are its own; anything else is a defect of monitoring.
    if (isTemporalFailure(error)) guard.warn({ source }, error, queryMessage)
    else guard.report('reconcile', error, { source })
  }

  async function ask(due: Query, truth: ServerTruth, signal: AbortSignal): Promise<void> {
    due.askedAt = now()
    try {
      await due.ask(truth, { signal, pause: () => pace.waitForFurther(signal) })
      pace.succeeded()
      onAnswer?.()
    } catch (error) {
      if (signal.aborted) return
      pace.failed()
      // Not together with the other processes.
      due.askedAt = now() - intervalMs + retryMs * (1 - random())
      recordFailure(due.source, error)
    }
  }

  const stopping = new AbortController()
  /** Aborted to end the current rest. */
  let rest = new AbortController()
  let running: Promise<void> = Promise.resolve()

  async function askQueries(truth: ServerTruth): Promise<void> {
    const { signal } = stopping
    while (!signal.aborted) {
      const next = schedule.next()
      if (next === undefined) {
        rest = new AbortController()
        await idleFor(Math.min(schedule.dueInMs(), longestRestMs), rest.signal)
        continue
      }
      await pace.wait(signal)
      if (!signal.aborted) await ask(next, truth, signal)
    }
  }

  async function run(truth: ServerTruth): Promise<void> {
    const { signal } = stopping
    let staying: Promise<void> | undefined
    // A process that does not know the others yet would ask every query.
    await new Promise<void>((joined) => {
      staying = membership.stay(signal, joined)
    })
    await Promise.all([askQueries(truth), staying])
  }

  return {
    addKnown,
    expectCloses: exportCloses,
    start(truth) {
      fleet = createFleet(truth.identity)
      membership = membershipOf(truth)
      running = run(truth)
    },
    async stopCounting(withinMs) {
      const timer = new AbortController()
      await Promise.race([counting.stop(), idleFor(withinMs, timer.signal)])
      timer.abort()
    },
    async stop() {
      stopping.abort()
      rest.abort()
      await running
    },
  }
}
