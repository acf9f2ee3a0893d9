import { families, otherLabel } from '../catalogue.ts'
import { runStatuses } from '../catalogue/temporal.ts'
import type { Registry } from '../instruments/registry.ts'
import type { QueueKind, StatusCounts, TaskQueueState } from './server-truth.ts'

/** A value and when it was learned. */
interface Answer<T> {
  readonly value: T
  readonly at: number
}

/** What Temporal answered last, and how long that counts. */
export interface ServerAnswers {
  executions(type: string, counts: StatusCounts): void
  backlog(kind: QueueKind, state: TaskQueueState): void
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
  /** Returns how long a query waits for its next turn, ms. */
  readonly roundMs: (active: boolean) => number
  readonly now: () => number
}

const isOpen = (counts: StatusCounts | undefined): boolean => (counts?.running ?? 1) > 0

/** Time that an answer may take beyond two rounds, ms. */
const graceMs = 5_000

/**
 * Keeps the answers and exports them. An answer is exported for two rounds after it came, and then
 * absent.
 */
export function createServerAnswers(options: ServerAnswersOptions): ServerAnswers {
  const { registry, workflowTypes, roundMs, now } = options
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

  return {
    executions: (type, value) => void executions.set(type, { value, at: now() }),
    backlog: (kind, value) => void backlog.set(kind, { value, at: now() }),
    stuck(counts) {
      for (const type of workflowTypes) stuck.set(type, { value: counts.get(type) ?? 0, at: now() })
      const others = [...counts].filter(([type]) => !workflowTypes.has(type))
      const sum = others.reduce((total, [, count]) => total + count, 0)
      stuck.set(otherLabel, { value: sum, at: now() })
    },
    hasOpenRuns: (type) => isOpen(executions.get(type)?.value),
  }
}
