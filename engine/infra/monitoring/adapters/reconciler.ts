import { CompozyError } from '../../../core/errors.ts'
import { families, otherLabel } from '../catalogue.ts'
import { reconcileSources, runStatuses, serverCloseOutcomes } from '../catalogue/temporal.ts'
import { mapOf } from '../families/temporal.ts'
import type { Registry } from '../instruments/registry.ts'
import { createFleet, type FleetMember, type Poller } from './fleet.ts'
import type { Guard } from './guard.ts'
import { createQueryBudget, sleep } from './query-budget.ts'
import { createCloseCursor, type ServerClose } from './server-closes.ts'

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
  readonly pollers: readonly Poller[]
}

/** What Temporal knows and no worker does. Each query has its own time limit, or throws. */
export interface ServerTruth extends FleetMember {
  /** Counts executions; one that was continued as new counts once. */
  executions(scope: QueryScope, options: QueryOptions): Promise<StatusCounts>
  /** Counts open executions whose workflow task keeps failing. */
  stuck(scope: QueryScope, options: QueryOptions): Promise<number>
  taskQueue(kind: 'workflow' | 'activity', options: QueryOptions): Promise<TaskQueueState>
  /** Lists the runs that Temporal closed after a time, ms since the Unix epoch. */
  serverCloses(after: number, options: QueryOptions): Promise<readonly ServerClose[]>
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

const everything: QueryScope = { except: [] }
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

  let fleet = createFleet({ identity: '', polls: false })
  const cursor = createCloseCursor(now())
  const share = (): number => budget / fleet.size()
  const pace = createQueryBudget({ perSecond: budget, fleetSize: () => fleet.size() })

  const queries: Query[] = [
    ...(['workflow', 'activity'] as const).map((kind) => backlogQuery(kind)),
    query('stuck', 'stuck', askStuck),
    query('closes', 'closes', askCloses),
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
      () => (executions.get(type)?.value.running ?? 1) > 0,
    )
  }

  function backlogQuery(kind: QueueKind): Query {
    return query('backlog', `backlog ${kind}`, async (truth, how) => {
      const state = await truth.taskQueue(kind, how)
      backlog.set(kind, { value: state, at: now() })
      if (kind === 'workflow') fleet.update(state.pollers)
    })
  }

  /** Nearly always no run is stuck, and one query says so for all workflows. */
  async function askStuck(truth: ServerTruth, how: QueryOptions): Promise<void> {
    const none = (await truth.stuck(everything, how)) === 0
    for (const type of [...workflowTypes, otherLabel]) {
      const scope = type === otherLabel ? { except: workflowTypes } : type
      if (!none) await pace.wait(how.signal)
      stuck.set(type, { value: none ? 0 : await truth.stuck(scope, how), at: now() })
    }
  }

  async function askCloses(truth: ServerTruth, how: QueryOptions): Promise<void> {
    const askedAt = now()
    const closes = cursor.advance(await truth.serverCloses(cursor.after, how), askedAt)
    for (const { workflowType, outcome } of closes) {
      const type = known.has(workflowType) ? workflowType : otherLabel
      closed({ workflow_type: type, outcome }).add(1)
    }
  }

  /** How long a round takes: the interval, or longer where the budget is short. */
  function roundMs(): number {
    const owned = queries.filter(({ key }) => fleet.owns(key)).length
    return Math.max(intervalMs, (owned / share()) * 1_000)
  }

  function fresh<K, T>(answers: ReadonlyMap<K, Answer<T>>): [K, T][] {
    const keepMs = 2 * roundMs() + 5_000
    return [...answers].flatMap(([key, { value, at }]): [K, T][] =>
      now() - at > keepMs ? [] : [[key, value]],
    )
  }

  registry.observe(families.workflowExecutions, () =>
    fresh(executions).flatMap(([type, counts]) =>
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

  /** Every process asks for the workflow pollers, less often in a large fleet. */
  const isMembership = ({ key }: Query): boolean => key === 'backlog workflow'
  const periodOf = (asked: Query): number =>
    isMembership(asked) ? Math.max(intervalMs, fleet.size() * 100) : intervalMs

  /**
   * The query that has waited longest; those of workflows with open runs wait a quarter as long.
   */
  function nextQuery(): Query | undefined {
    const urgency = (due: Query): number => (now() - due.askedAt) * (due.active() ? 4 : 1)
    const due = queries.filter(
      (candidate) =>
        (isMembership(candidate) || fleet.owns(candidate.key)) &&
        now() - candidate.askedAt >= periodOf(candidate),
    )
    return due.reduce<Query | undefined>(
      (best, candidate) =>
        best === undefined || urgency(candidate) > urgency(best) ? candidate : best,
      undefined,
    )
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
      failures[asked.source].add(1)
      // Temporal's failures are its own; anything else is a defect of monitoring.
      if (!isTemporals(error)) guard.report('reconcile', error)
    }
  }

  const stopping = new AbortController()
  let running: Promise<void> = Promise.resolve()

  async function run(truth: ServerTruth): Promise<void> {
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

  return {
    start(truth) {
      fleet = createFleet(truth)
      running = run(truth)
    },
    async stop() {
      stopping.abort()
      await running
    },
  }
}
