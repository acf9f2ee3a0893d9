import { families, otherLabel } from '../catalogue.ts'
import { reconcileSources, runStatuses } from '../catalogue/temporal.ts'
import { mapOf } from '../families/temporal.ts'
import type { Registry } from '../instruments/registry.ts'
import type { Guard } from './guard.ts'

/** Executions by status. */
export type StatusCounts = Readonly<Record<(typeof runStatuses)[number], number>>

/** What the Temporal server knows and no worker does. Each answer comes within a time limit of its own, or throws. */
export interface ServerTruth {
  /** Executions of a workflow, or of all workflows in the task queue, a continued one once. */
  executions(
    workflowType: string | undefined,
    options: { signal: AbortSignal },
  ): Promise<StatusCounts>
  /** Open executions whose workflow task keeps failing. */
  stuck(workflowType: string | undefined, options: { signal: AbortSignal }): Promise<number>
  /** What waits in the task queue. */
  backlog(
    kind: 'workflow' | 'activity',
    options: { signal: AbortSignal },
  ): Promise<{ readonly tasks: number; readonly ageSeconds: number }>
}

/** What a reconciler is made of. */
export interface ReconcilerOptions {
  readonly registry: Registry
  readonly workflowTypes: readonly string[]
  readonly intervalMs: number
  readonly guard: Guard
  /** 0 to 1, for tests. */
  readonly random?: () => number
}

/** Asks the server again and again. */
export interface Reconciler {
  start(truth: ServerTruth): void
  stop(): Promise<void>
}

type Source = (typeof reconcileSources)[number]

/** Questions that are open at the same time. */
const concurrency = 4

/** Processes that start together shall not ask together. */
const jitter = 0.1

async function inTurn<T, R>(items: readonly T[], ask: (item: T) => Promise<R>): Promise<R[]> {
  const answers: R[] = []
  let next = 0
  async function work(): Promise<void> {
    while (next < items.length) {
      const index = next++
      answers[index] = await ask(items[index]!)
    }
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, work))
  return answers
}

/**
 * Keeps what the server knows ready for a scrape, which never waits for it. What could not be asked is absent, and an
 * error counter says so: an old number that looks alive would be worse than none.
 */
export function createReconciler(options: ReconcilerOptions): Reconciler {
  const { registry, workflowTypes, intervalMs, guard, random = Math.random } = options
  type Executions = readonly { readonly type: string; readonly counts: StatusCounts }[]
  type Stuck = readonly { readonly type: string; readonly count: number }[]
  type Backlogs = readonly { kind: 'workflow' | 'activity'; tasks: number; ageSeconds: number }[]
  const known: { executions: Executions; stuck: Stuck; backlog: Backlogs } = {
    executions: [],
    stuck: [],
    backlog: [],
  }
  const errors = registry.instrument(families.reconcileErrors)
  const failures = mapOf(reconcileSources, (source) => errors({ source }))

  registry.observe(families.workflowExecutions, () =>
    known.executions.flatMap(({ type, counts }) =>
      runStatuses.map((status) => ({
        labels: { workflow_type: type, status },
        value: counts[status],
      })),
    ),
  )
  registry.observe(families.workflowStuck, () =>
    known.stuck.map(({ type, count }) => ({ labels: { workflow_type: type }, value: count })),
  )
  registry.observe(families.taskQueueBacklog, () =>
    known.backlog.map(({ kind, tasks }) => ({ labels: { task_queue_type: kind }, value: tasks })),
  )
  registry.observe(families.taskQueueBacklogAge, () =>
    known.backlog.map(({ kind, ageSeconds }) => ({
      labels: { task_queue_type: kind },
      value: ageSeconds,
    })),
  )

  /** All types and what is left over for `other`: runs of workflows that the project has no longer. */
  async function byType<R>(
    ask: (type: string | undefined) => Promise<R>,
    rest: (all: R, named: readonly R[]) => R,
  ): Promise<{ type: string; answer: R }[]> {
    const [all, ...named] = await inTurn([undefined, ...workflowTypes], ask)
    const answers = named.map((answer, i) => ({ type: workflowTypes[i]!, answer }))
    return [...answers, { type: otherLabel, answer: rest(all!, named) }]
  }
  const left = (all: number, named: readonly number[]): number =>
    Math.max(
      0,
      named.reduce((rest, count) => rest - count, all),
    )

  async function ask(truth: ServerTruth, signal: AbortSignal): Promise<void> {
    const questions: Readonly<Record<Source, () => Promise<void>>> = {
      async executions() {
        const answers = await byType(
          (type) => truth.executions(type, { signal }),
          (all, named) =>
            mapOf(runStatuses, (status) =>
              left(
                all[status],
                named.map((counts) => counts[status]),
              ),
            ),
        )
        known.executions = answers.map(({ type, answer }) => ({ type, counts: answer }))
      },
      async stuck() {
        // Nearly always none is, and then one question says so for all.
        const none = (await truth.stuck(undefined, { signal })) === 0
        const answers = await byType(
          async (type) => (none ? 0 : truth.stuck(type, { signal })),
          left,
        )
        known.stuck = answers.map(({ type, answer }) => ({ type, count: answer }))
      },
      async backlog() {
        const kinds = ['workflow', 'activity'] as const
        known.backlog = await inTurn(kinds, async (kind) => ({
          kind,
          ...(await truth.backlog(kind, { signal })),
        }))
      },
    }
    for (const source of reconcileSources) {
      try {
        await questions[source]()
      } catch (error) {
        known[source] = []
        if (signal.aborted) return
        failures[source].add(1)
        guard.report('reconcile', error)
      }
    }
  }

  const stopping = new AbortController()
  let running: Promise<void> = Promise.resolve()
  let timer: NodeJS.Timeout | undefined

  return {
    start(truth) {
      const { signal } = stopping
      const round = async (): Promise<void> => {
        await ask(truth, signal)
        if (signal.aborted) return
        const pause = intervalMs * (1 + jitter * (2 * random() - 1))
        timer = setTimeout(() => void (running = round()), pause).unref()
      }
      running = round()
    },
    async stop() {
      stopping.abort()
      clearTimeout(timer)
      await running
    },
  }
}
