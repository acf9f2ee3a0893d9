import { families, otherLabel } from '../catalogue.ts'
import type { IdleSeries } from '../families/idle-series.ts'
import { runStatuses } from '../catalogue/temporal.ts'
import type { Registry } from '../instruments/registry.ts'
import type { QueueKind, StatusCounts, TaskQueueState } from './server-truth.ts'

/** A value, and when it was learned by the clock of the answers, ms. */
interface Answer<T> {
  readonly value: T
  readonly at: number
}

/** What Temporal answered last, and how long that counts. */
export interface ServerAnswers {
  executions(type: string, counts: StatusCounts): void
  /** Takes how many tasks wait; undefined where Temporal cannot tell. */
  backlog(kind: QueueKind, state: TaskQueueState | undefined): void
  /** Takes the open executions that are stuck, by workflow. */
  stuck(counts: ReadonlyMap<string, number>): void
  /** Reports whether a workflow has open runs, or may have. */
  hasOpenRuns(type: string): boolean
}

/** Options of the answers. */
export interface ServerAnswersOptions {
  readonly registry: Registry
  /** Read at each answer, so that types may be added. */
  readonly workflowTypes: ReadonlySet<string>
  /** `core`: what was never above 0 is left out, except for `other`. */
  readonly idleSeries: IdleSeries
  /** Returns how long a query waits for its next turn, ms. */
  readonly roundMs: (active: boolean) => number
  /** Monotonic clock in ms. */
  readonly now: () => number
}

type RunStatus = keyof StatusCounts

/** A value of a series, and whether it exists although it was never above 0. */
interface GaugeValue {
  readonly value: number
  readonly exists: boolean
}

/**
 * Returns a function that gives a series once it exists or has been above 0, and then always: a
 * gauge that vanished instead of falling to 0 would keep its last value in alerts. A series keeps
 * its labels object: the writers cache the text of labels by it.
 */
function createGaugeSeries<K extends string, L>(labelsOf: (type: string, key: K) => L) {
  const shown = new Map<string, L>()
  return (type: string, key: K, { value, exists }: GaugeValue): { labels: L; value: number }[] => {
    const id = `${key} ${type}`
    let labels = shown.get(id)
    if (labels === undefined) {
      if (!exists && value === 0) return []
      labels = labelsOf(type, key)
      shown.set(id, labels)
    }
    return [{ labels, value }]
  }
}

const isOpen = (counts: StatusCounts | undefined): boolean => (counts?.running ?? 1) > 0

/** Time that an answer may take beyond two rounds, ms. */
const graceMs = 5_000

/**
 * Keeps the answers and exports them. An answer is exported for two rounds after it came, and then
 * absent.
 */
export function createServerAnswers(options: ServerAnswersOptions): ServerAnswers {
  const { registry, workflowTypes, idleSeries, roundMs, now } = options
  const executions = new Map<string, Answer<StatusCounts>>()
  const stuck = new Map<string, Answer<number>>()
  const backlog = new Map<QueueKind, Answer<TaskQueueState>>()

  /** Answers that are no older than two rounds; those of active queries come sooner. */
  function fresh<K, T>(
    answers: ReadonlyMap<K, Answer<T>>,
    isActive: (value: T) => boolean = () => true,
  ): [K, T][] {
    const keepMs = { true: 2 * roundMs(true) + graceMs, false: 2 * roundMs(false) + graceMs }
    return [...answers].flatMap(([key, { value, at }]): [K, T][] =>
      now() - at > keepMs[`${isActive(value)}`] ? [] : [[key, value]],
    )
  }

  const executionSeries = createGaugeSeries((type, status: RunStatus) => ({
    workflow_type: type,
    status,
  }))
  const stuckSeries = createGaugeSeries((type) => ({ workflow_type: type }))
  const showsIdle = (type: string): boolean => idleSeries === 'all' || type === otherLabel

  registry.observe(families.workflowExecutions, () =>
    fresh(executions, isOpen).flatMap(([type, counts]) => {
      const ran = showsIdle(type) || runStatuses.some((status) => counts[status] > 0)
      return runStatuses.flatMap((status) => {
        const exists = status === 'running' ? ran : showsIdle(type)
        return executionSeries(type, status, { value: counts[status], exists })
      })
    }),
  )
  registry.observe(families.workflowStuck, () =>
    fresh(stuck).flatMap(([type, value]) =>
      stuckSeries(type, '', { value, exists: showsIdle(type) }),
    ),
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

  return {
    executions: (type, value) => void executions.set(type, { value, at: now() }),
    backlog(kind, value) {
      if (value === undefined) backlog.delete(kind)
      else backlog.set(kind, { value, at: now() })
    },
    stuck(counts) {
      for (const type of workflowTypes) stuck.set(type, { value: counts.get(type) ?? 0, at: now() })
      const others = [...counts].filter(([type]) => !workflowTypes.has(type))
      const sum = others.reduce((total, [, count]) => total + count, 0)
      stuck.set(otherLabel, { value: sum, at: now() })
    },
    hasOpenRuns: (type) => isOpen(executions.get(type)?.value),
  }
}
