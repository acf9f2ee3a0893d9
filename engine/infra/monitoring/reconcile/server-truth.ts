import type { runStatuses } from '../catalogue/temporal.ts'
import type { FleetNotes } from './membership.ts'
import type { CloseSpan, ServerClose } from './server-closes.ts'

/** Number of executions by status. */
export type StatusCounts = Readonly<Record<(typeof runStatuses)[number], number>>

/** The executions that a query concerns: of one workflow, or of all others than these. */
export type QueryScope = string | { readonly except: readonly string[] }

/** Options of every query. */
export interface QueryOptions {
  readonly signal: AbortSignal
}

/** Options of a query whose answer may take more queries than one. */
export interface PacedQueryOptions extends QueryOptions {
  /** Await it before each query after the first, to stay within the budget of queries. */
  readonly pause: () => Promise<void>
}

/** The tasks that a task queue holds: workflow tasks or activities. */
export type QueueKind = 'workflow' | 'activity'

/** The state of a task queue for one kind of task. */
export interface TaskQueueState {
  readonly tasks: number
  readonly ageSeconds: number
}

/** What only Temporal knows. Each query has its own time limit, or throws. */
export interface ServerTruth extends FleetNotes {
  /** Counts executions; one that was continued as new counts once. */
  executions(scope: QueryScope, options: QueryOptions): Promise<StatusCounts>
  /** Counts open executions whose workflow task keeps failing, by workflow; none without any. */
  stuck(options: PacedQueryOptions): Promise<ReadonlyMap<string, number>>
  taskQueue(kind: QueueKind, options: QueryOptions): Promise<TaskQueueState | undefined>
  /** Lists the runs that Temporal closed in a span. */
  serverCloses(span: CloseSpan, options: QueryOptions): Promise<readonly ServerClose[]>
}
