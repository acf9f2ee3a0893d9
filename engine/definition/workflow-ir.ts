import type { JsonValue } from '../core/json.ts'
import type { MetricIr, TaskIr } from './task-ir.ts'
import type { TreeIr } from '../template/ir.ts'

/**
 * A workflow, compiled: frozen JSON that is pinned in a run's start argument, so that an edit of
 * the file never touches an open run. Only what a run needs; schemas and schedules stay with the
 * project.
 */
export interface WorkflowIr {
  /**
   * Raised when a newer interpreter could not run an older definition; older numbers stay
   * supported.
   */
  readonly irVersion: 1
  readonly id: string
  readonly version?: string
  readonly project: { readonly name: string; readonly version?: string }
  /** Project env, then workflow env, resolved. Never secrets. */
  readonly env: Readonly<Record<string, string>>
  /** Transitions between top-level tasks that a run may make. */
  readonly maxTasks: number
  readonly tasks: readonly TaskIr[]
  readonly outputs?: TreeIr
  readonly metrics?: readonly MetricIr[]
}

/**
 * What started a run: `.trigger` in templates. `name` is the event's, the parent's, or the exec_id
 * of the run that is repeated.
 */
export interface Trigger {
  readonly type: 'api' | 'signal' | 'schedule' | 'workflow' | 'rerun'
  readonly name?: string
}

/** The single start argument of every run. */
export interface RunStart {
  readonly definition: WorkflowIr
  /** sha256 of the definition's JSON: names the version of a run, also in its memo. */
  readonly sha256: string
  readonly input: JsonValue
  readonly trigger: Trigger
  /** Only where the engine itself continued the run as new. */
  readonly carried?: CarriedState
}

/**
 * Memo key under which a run that was continued as new keeps when its first run started, RFC 3339.
 */
export const firstStartMemo = 'first_started_at'

/** Memo key under which a run that failed keeps its error, for lists: a {@link FailureMemo}. */
export const failureMemo = 'error'

/** Memo key under which a run keeps the exec_id of the run that it repeats. */
export const rerunMemo = 'rerun_of'

/** Memo key under which a repeated run keeps the hash of how it was asked for. */
export const rerunRequestMemo = 'rerun_request_sha256'

/** Why a run failed, short enough for a list. */
export interface FailureMemo {
  readonly type: string
  /** Cut at 1 KiB. */
  readonly message: string
  readonly task?: string
}

/** What a run takes along when it continues as new. Its fields belong to `run-snapshot.ts`. */
export interface CarriedState {
  /** When the first run of the chain started, ms since 1970. */
  readonly startedAt: number
  /** True in the first run that repeats another one: it continues none. */
  readonly repeats?: boolean
  readonly [field: string]: JsonValue
}
