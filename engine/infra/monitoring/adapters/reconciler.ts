import { mapOf } from '../families/map-of.ts'
import { CompozyError } from '../../../core/errors.ts'
import { families, otherLabel } from '../catalogue.ts'
import { reconcileSources, runStatuses, serverCloseOutcomes } from '../catalogue/temporal.ts'
import type { Registry } from '../instruments/registry.ts'
import { createFleet } from './fleet.ts'
import type { Guard } from './guard.ts'
import { createMembership, type FleetNotes, type Membership } from './membership.ts'
import { createQueryBudget, sleep } from './query-budget.ts'
import { createCloseCursor, type CloseSpan, type ServerClose } from './server-closes.ts'

/** Number of executions by status. */
export type StatusCounts = Readonly<Record<(typeof runStatuses)[number], number>>

/** The executions that a query concerns: of one workflow, or of all others than these. */
export type QueryScope = string | { readonly except: readonly string[] }

/** Options of every query. */
export interface QueryOptions {
  readonly signal: AbortSignal
}

/** The state of a task queue for one kind of task. */
export interface TaskQueueState {
  readonly tasks: number
  readonly ageSeconds: number
}

/** What Temporal knows and no worker does. Each query has its own time limit, or throws. */
export interface ServerTruth extends FleetNotes {
  /** Counts executions; one that was continued as new counts once. */
  executions(scope: QueryScope, options: QueryOptions): Promise<StatusCounts>
  /** Counts open executions whose workflow task keeps failing, by workflow; none without any. */
  stuck(options: QueryOptions): Promise<ReadonlyMap<string, number>>
  taskQueue(kind: 'workflow' | 'activity', options: QueryOptions): Promise<TaskQueueState>
  /** Lists the runs that Temporal closed in a span. */
  serverCloses(span: CloseSpan, options: QueryOptions): Promise<readonly ServerClose[]>
}

/** Options of a reconciler. */
export interface ReconcilerOptions {
  readonly registry: Registry
  readonly workflowTypes: readonly string[]
  readonly intervalMs: number
  /** Visibility queries per second, for all processes together. */
  readonly budget: number
  readonly guard: Guard
  /** Wall clock in ms, for tests. */
  readonly now?: () => number
  /** From 0 to 1, for tests. */
  readonly random?: () => number
}

/** Queries Temporal again and again. */
export interface Reconciler {
  start(truth: ServerTruth): void
  stop(): Promise<void>
}

/** How much sooner a query is asked again whose answer is likely to change. */
const urgencyOfActive = 4

type ReconcileSource = (typeof reconcileSources)[number]
type QueueKind = 'workflow' | 'activity'

/** One query, with what it last learned. */
interface Query {
  readonly source: ReconcileSource
  readonly key: string
  ask(truth: ServerTruth, options: QueryOptions): Promise<void>
  /** Whether its answer is likely to change soon. */
  active(): boolean
  askedAt: number
}

/** A value and when it was learned. */
interface Answer<T> {
  readonly value: T
  readonly at: number
}

/** The key of what one process of the fleet does at a time. */
const closesKey = 'closes'
/** Whether counts have open runs, or may have. */
const isOpen = (counts: StatusCounts | undefined): boolean => (counts?.running ?? 1) > 0
const isTemporals = (error: unknown): boolean =>
  error instanceof CompozyError && error.code.startsWith('temporal_')

/**
 * Keeps what Temporal knows ready for scrapes, which never wait for it. All processes together ask
 * one query per workflow and interval, within the budget. Each answer ages by itself: it is
 * exported for two rounds and then absent.
 */
export function createReconciler(options: ReconcilerOptions): Reconciler {
  const { registry, workflowTypes, intervalMs, budget, guard } = options
  const { now = Date.now, random = Math.random } = options
  const executions = new Map<string, Answer<StatusCounts>>()
  const stuck = new Map<string, Answer<number>>()
  const backlog = new Map<QueueKind, Answer<TaskQueueState>>()
  const errors = registry.instrument(families.reconcileErrors)
  const failures = mapOf(reconcileSources, (source) => errors({ source }))
  const closed = registry.instrument(families.workflowServerClosed)
  const known = new Set(workflowTypes)
  for (const type of known)
    for (const outcome of serverCloseOutcomes) closed({ workflow_type: type, outcome })

  let fleet = createFleet('')
  let membership: Membership
  const cursor = createCloseCursor(intervalMs)
  /** In proportion to its queries, so that each waits as long, whoever owns it. */
  const share = (): number => Math.max(1, ownedQueries().length) / queries.length
  const pace = createQueryBudget({ perSecond: budget, share })

  const closesQuery = query('closes', closesKey, askCloses)
  const queries: Query[] = [
    ...(['workflow', 'activity'] as const).map((kind) => backlogQuery(kind)),
    query('stuck', 'stuck', askStuck),
    closesQuery,
    ...[...workflowTypes, otherLabel].map(executionsQuery),
  ]

  function query(
    source: ReconcileSource,
    key: string,
    ask: Query['ask'],
    active = (): boolean => true,
  ): Query {
    return { source, key, ask, active, askedAt: -Infinity }
  }

  function executionsQuery(type: string): Query {
    const scope = type === otherLabel ? { except: workflowTypes } : type
    return query(
      'executions',
      `executions ${type}`,
      async (truth, how) => {
        executions.set(type, { value: await truth.executions(scope, how), at: now() })
      },
      () => isOpen(executions.get(type)?.value),
    )
  }

  function backlogQuery(kind: QueueKind): Query {
    return query('backlog', `backlog ${kind}`, async (truth, how) => {
      backlog.set(kind, { value: await truth.taskQueue(kind, how), at: now() })
    })
  }

  async function askStuck(truth: ServerTruth, how: QueryOptions): Promise<void> {
    const found = await truth.stuck(how)
    for (const type of known) stuck.set(type, { value: found.get(type) ?? 0, at: now() })
    const unknown = [...found].filter(([type]) => !known.has(type))
    const sum = unknown.reduce((total, [, count]) => total + count, 0)
    stuck.set(otherLabel, { value: sum, at: now() })
  }

  /** Counts what Temporal closed since the fleet has counted last; one process at a time. */
  async function askCloses(truth: ServerTruth, how: QueryOptions): Promise<void> {
    const readAt = now()
    await membership.read(how.signal)
    const [time, countedUntil] = [fleet.now(), fleet.countedUntil()]
    if (time === undefined || countedUntil === undefined || !fleet.leads(closesKey)) {
      // Soon others will have heard of this process.
      closesQuery.askedAt += fleet.beatMs() - intervalMs
      return
    }
    const span = cursor.next(countedUntil, time)
    const closes = await truth.serverCloses(span, how)
    // Another process may count by now.
    if (now() - readAt > fleet.beatMs() || how.signal.aborted) return
    await membership.tellCounted(span.until)
    for (const { workflowType, outcome } of cursor.take(span, countedUntil, closes)) {
      const type = known.has(workflowType) ? workflowType : otherLabel
      closed({ workflow_type: type, outcome }).add(1)
    }
  }

  function membershipOf(notes: FleetNotes): Membership {
    const onFailure = (error: unknown): void => recordFailure('fleet', error)
    return createMembership({ fleet, notes, countingKey: closesKey, onFailure })
  }

  function ownedQueries(): Query[] {
    return queries.filter(({ key }) => fleet.owns(key))
  }

  /** How long a query waits for its next turn: the interval, or longer for a short budget. */
  function roundMs(active: boolean): number {
    const owned = ownedQueries()
    const ofActive = owned.filter((each) => each.active()).length
    const turns = ofActive + (owned.length - ofActive) / urgencyOfActive
    const activeMs = (turns / (budget * share())) * 1_000
    return Math.max(intervalMs, active ? activeMs : activeMs * urgencyOfActive)
  }

  /** Answers that are no older than two rounds; those of active queries come sooner. */
  function fresh<K, T>(
    answers: ReadonlyMap<K, Answer<T>>,
    isActive: (value: T) => boolean = () => true,
  ): [K, T][] {
    const keepMs = { true: 2 * roundMs(true) + 5_000, false: 2 * roundMs(false) + 5_000 }
    return [...answers].flatMap(([key, { value, at }]): [K, T][] =>
      now() - at > keepMs[`${isActive(value)}`] ? [] : [[key, value]],
    )
  }

  registry.observe(families.workflowExecutions, () =>
    fresh(executions, isOpen).flatMap(([type, counts]) =>
      runStatuses.map((status) => ({
        labels: { workflow_type: type, status },
        value: counts[status],
      })),
    ),
  )
  registry.observe(families.workflowStuck, () =>
    fresh(stuck).map(([type, value]) => ({ labels: { workflow_type: type }, value })),
  )
  registry.observe(families.taskQueueBacklog, () =>
    fresh(backlog).map(([kind, { tasks }]) => ({
      labels: { task_queue_type: kind },
      value: tasks,
    })),
  )
  registry.observe(families.taskQueueBacklogAge, () =>
    fresh(backlog).map(([kind, { ageSeconds }]) => ({
      labels: { task_queue_type: kind },
      value: ageSeconds,
    })),
  )

  /**
   * The query that has waited longest; those of workflows with open runs wait a quarter as long.
   */
  function nextQuery(): Query | undefined {
    const urgency = (due: Query): number =>
      (now() - due.askedAt) * (due.active() ? urgencyOfActive : 1)
    const due = ownedQueries().filter(({ askedAt }) => now() - askedAt >= intervalMs)
    return due.reduce<Query | undefined>(
      (best, candidate) =>
        best === undefined || urgency(candidate) > urgency(best) ? candidate : best,
      undefined,
    )
  }

  function recordFailure(source: ReconcileSource, error: unknown): void {
    failures[source].add(1)
    // Temporal's failures are its own; anything else is a defect of monitoring.
    if (!isTemporals(error)) guard.report('reconcile', error)
  }

  async function ask(asked: Query, truth: ServerTruth, signal: AbortSignal): Promise<void> {
    asked.askedAt = now()
    try {
      await asked.ask(truth, { signal })
      pace.succeeded()
    } catch (error) {
      if (signal.aborted) return
      pace.failed()
      // Tried again within an interval, and not together with the other processes.
      asked.askedAt = now() - random() * intervalMs
      recordFailure(asked.source, error)
    }
  }

  const stopping = new AbortController()
  let running: Promise<void> = Promise.resolve()

  async function askQueries(truth: ServerTruth): Promise<void> {
    const { signal } = stopping
    while (!signal.aborted) {
      const next = nextQuery()
      if (next === undefined) {
        await sleep(500, signal)
        continue
      }
      await pace.wait(signal)
      if (!signal.aborted) await ask(next, truth, signal)
    }
  }

  async function run(truth: ServerTruth): Promise<void> {
    const { signal } = stopping
    let staying: Promise<void> | undefined
    // Until it knows the others, a process would ask everything.
    await new Promise<void>((joined) => {
      staying = membership.stay(signal, joined)
    })
    await Promise.all([askQueries(truth), staying])
  }

  return {
    start(truth) {
      fleet = createFleet(truth.identity)
      membership = membershipOf(truth)
      running = run(truth)
    },
    async stop() {
      stopping.abort()
      await running
    },
  }
}
