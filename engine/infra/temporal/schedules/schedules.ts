import {
  ScheduleAlreadyRunning,
  type Client,
  type ScheduleDescription,
  type ScheduleOptions,
} from '@temporalio/client'
import { defined } from '../../../core/defined.ts'
import { CompozyError } from '../../../core/errors.ts'
import type { Logger } from '../../../core/logger.ts'
import { didYouMean } from '../../../core/nearest.ts'
import type { Project, Schedule, Workflow } from '../../../project/project.ts'
import type { CallOptions, ScheduleFailure, Schedules, ScheduleView } from '../../../executions.ts'
import type { RunStart } from '../../../definition/workflow-ir.ts'
import { createCall, unlessAborted } from '../connection/calls.ts'
import { requireStartBudget } from '../connection/payload-budget.ts'
import { hashOf, memoOf } from '../executions/identity.ts'
import { createSerialQueue } from './serial-queue.ts'
import { createTriggerSchedule } from './trigger-schedule.ts'

/** The dependencies of a project's schedules. */
export interface TemporalSchedulesOptions {
  readonly client: Client
  readonly project: () => Project
  readonly taskQueue: string
  readonly logger: Logger
}

/**
 * Note on a schedule whose state comes from the file. Any other note means that somebody paused or
 * resumed it by hand, through our API or Temporal's tools. That state survives restarts and edits
 * of the file.
 */
const fileNote = 'from the project file'

const overlaps = {
  skip: 'SKIP',
  allow: 'ALLOW_ALL',
  buffer_one: 'BUFFER_ONE',
  cancel_other: 'CANCEL_OTHER',
} as const

type Scheduled = Workflow & { readonly schedule: Schedule }

/** Returns the start argument of a scheduled run. */
function startOf({ definition, sha256, schedule }: Scheduled): RunStart {
  return { definition, sha256, input: schedule.input, trigger: { type: 'schedule' } }
}

/**
 * Returns the id of a workflow's scheduled runs, to which Temporal appends the time. Two projects
 * in a namespace may run the same workflow at the same time.
 */
function scheduledIdOf(id: string, taskQueue: string): string {
  return `${id}-scheduled-${hashOf(taskQueue).slice(0, 8)}`
}

/**
 * Returns Temporal's options for a workflow's schedule. They pin the definition until the next
 * start of Compozy.
 */
function optionsOf(workflow: Scheduled, taskQueue: string) {
  const { id, schedule, timeoutMs } = workflow
  const { cron, timezone, jitterMs, overlapPolicy, startAt, endAt } = schedule
  const start = startOf(workflow)
  const cronExpressions = [cron]
  return {
    spec: defined({
      cronExpressions,
      timezone,
      jitter: jitterMs > 0 ? jitterMs : undefined,
      startAt: startAt === undefined ? undefined : new Date(startAt),
      endAt: endAt === undefined ? undefined : new Date(endAt),
    }),
    action: defined({
      type: 'startWorkflow' as const,
      workflowType: id,
      workflowId: scheduledIdOf(id, taskQueue),
      taskQueue,
      args: [start],
      memo: memoOf(start),
      workflowExecutionTimeout: timeoutMs,
    }),
    // After an outage, Temporal catches up on the last minute only, not on the whole night.
    policies: { overlap: overlaps[overlapPolicy], catchupWindow: '1 minute' as const },
  } satisfies Partial<ScheduleOptions>
}

/**
 * Creates the schedules port on a Temporal server. A schedule's id is `<task queue>/<workflow id>`;
 * no two projects share a task queue. Safe when several processes start at once.
 */
export function createTemporalSchedules(options: TemporalSchedulesOptions): Schedules {
  const { client, project, taskQueue, logger } = options
  const call = createCall(client)
  const triggerSchedule = createTriggerSchedule(client)
  const inTurn = createSerialQueue()
  const prefix = `${taskQueue}/`
  const handleOf = (workflowId: string) => client.schedule.getHandle(`${prefix}${workflowId}`)
  const nameOf = (workflowId: string): string => `schedule of workflow "${workflowId}"`

  const scheduled = (): Scheduled[] =>
    [...project().workflows.values()].filter(
      (workflow): workflow is Scheduled => workflow.schedule !== undefined,
    )

  function scheduledWorkflow(id: string): Scheduled {
    const all = scheduled()
    const found = all.find((workflow) => workflow.id === id)
    if (found !== undefined) return found
    const known = all.map((workflow) => workflow.id)
    throw new CompozyError(
      'not_found',
      `no workflow "${id}" with a schedule${didYouMean(id, known)}`,
    )
  }

  /** Creates a schedule. Returns false if it exists already. */
  async function create(
    workflow: Scheduled,
    callOptions: CallOptions | undefined,
  ): Promise<boolean> {
    const { id, schedule } = workflow
    const state = { paused: !schedule.enabled, note: fileNote }
    const wanted = { ...optionsOf(workflow, taskQueue), scheduleId: `${prefix}${id}`, state }
    return call(nameOf(id), callOptions, async () => {
      try {
        await client.schedule.create(wanted)
        return true
      } catch (error) {
        if (error instanceof ScheduleAlreadyRunning) return false
        throw error
      }
    })
  }

  async function put(workflow: Scheduled, callOptions: CallOptions | undefined): Promise<void> {
    const { id, schedule } = workflow
    requireStartBudget(startOf(workflow))
    if (await create(workflow, callOptions)) {
      logger.info({ workflow_id: id }, 'schedule created')
      return
    }
    const wanted = optionsOf(workflow, taskQueue)
    await call(nameOf(id), callOptions, () =>
      handleOf(id).update(({ state, ...previous }) => ({
        ...previous,
        ...wanted,
        state: state.note === fileNote ? { ...state, paused: !schedule.enabled } : state,
      })),
    )
  }

  /**
   * Returns the ids of workflows with a schedule on the server. A task queue may contain a slash; a
   * workflow's id may not.
   */
  async function existing(callOptions: CallOptions | undefined): Promise<string[]> {
    return call('list of schedules', callOptions, async () => {
      const ids: string[] = []
      for await (const { scheduleId } of client.schedule.list())
        if (scheduleId.startsWith(prefix)) ids.push(scheduleId.slice(prefix.length))
      return ids.filter((id) => !id.includes('/'))
    })
  }

  async function remove(workflowId: string, callOptions: CallOptions | undefined): Promise<void> {
    try {
      await call(nameOf(workflowId), callOptions, () => handleOf(workflowId).delete())
      logger.info({ workflow_id: workflowId }, 'schedule removed: no file has it any more')
    } catch (error) {
      // Another process created it first.
      if (!isMissing(error)) throw error
    }
  }

  /** Schedules that differ from their files, by workflow, since the last reconciliation. */
  const failures = new Map<string, CompozyError>()

  /** Applies one change; a failure is noted and returned, never thrown. */
  async function apply(
    workflow_id: string,
    change: () => Promise<void>,
  ): Promise<ScheduleFailure | undefined> {
    try {
      await change()
      failures.delete(workflow_id)
      return undefined
    } catch (thrown) {
      const error = CompozyError.from(thrown)
      failures.set(workflow_id, error)
      return { workflow_id, error }
    }
  }

  async function get(workflowId: string, callOptions?: CallOptions): Promise<ScheduleView> {
    const workflow = scheduledWorkflow(workflowId)
    const describe = () => handleOf(workflowId).describe()
    const failure = failures.get(workflowId)
    try {
      const found = await call(nameOf(workflowId), callOptions, describe)
      return viewOf(workflow, found, failure)
    } catch (error) {
      if (failure === undefined || !isMissing(error)) throw error
      return viewOf(workflow, undefined, failure)
    }
  }

  /**
   * Triggers, pauses or resumes a schedule once this process's last such change has taken effect.
   * Temporal keeps one change of a schedule until it has read it: a second one would replace it.
   */
  function patch<T>(
    workflowId: string,
    callOptions: CallOptions | undefined,
    make: () => Promise<T>,
  ): Promise<T> {
    // Who gives up while others are ahead does not wait for them.
    return unlessAborted(callOptions?.signal, nameOf(workflowId), () => inTurn(workflowId, make))
  }

  return {
    async reconcile(callOptions) {
      const wanted = scheduled()
      const ids = new Set(wanted.map(({ id }) => id))
      const unwanted = (await existing(callOptions)).filter((id) => !ids.has(id))
      // A removed workflow must not start again because another schedule fails.
      const removed = unwanted.map((id) => apply(id, () => remove(id, callOptions)))
      const removals = await Promise.all(removed)
      const written = wanted.map((workflow) => apply(workflow.id, () => put(workflow, callOptions)))
      const changes = await Promise.all(written)
      return [...removals, ...changes].filter((failure) => failure !== undefined)
    },
    async list(callOptions) {
      const views = scheduled().map(({ id }) =>
        get(id, callOptions).catch((error: unknown) => {
          // Not created yet, removed by hand, or removed by the server days after its end. Keep
          // listing.
          if (isMissing(error)) return undefined
          throw error
        }),
      )
      return (await Promise.all(views)).filter((view) => view !== undefined)
    },
    get,
    async setEnabled(workflowId, enabled, callOptions) {
      const { schedule } = scheduledWorkflow(workflowId)
      const byHand = enabled ? 'resumed through the API' : 'paused through the API'
      const note = enabled === schedule.enabled ? fileNote : byHand
      const handle = handleOf(workflowId)
      return patch(workflowId, callOptions, async () => {
        await call(nameOf(workflowId), callOptions, () =>
          enabled ? handle.unpause(note) : handle.pause(note),
        )
        return get(workflowId, callOptions)
      })
    },
    async trigger(workflowId, callOptions) {
      scheduledWorkflow(workflowId)
      const scheduleId = `${prefix}${workflowId}`
      const scheduledId = scheduledIdOf(workflowId, taskQueue)
      const exec_id = await patch(workflowId, callOptions, () =>
        call(nameOf(workflowId), callOptions, () => triggerSchedule({ scheduleId, scheduledId })),
      )
      return { workflow_id: workflowId, exec_id }
    },
  }
}

const isMissing = (error: unknown): boolean =>
  error instanceof CompozyError && error.code === 'not_found'

function viewOf(
  { id, schedule }: Scheduled,
  found: ScheduleDescription | undefined,
  failure: CompozyError | undefined,
): ScheduleView {
  const isEnabled = found !== undefined && !found.state.paused
  const next = isEnabled ? found.info.nextActionTimes[0] : undefined
  return {
    workflow_id: id,
    cron: schedule.cron,
    timezone: schedule.timezone,
    enabled: isEnabled,
    next_run_at: next?.toISOString() ?? null,
    last_run_at: found?.info.recentActions.at(-1)?.takenAt.toISOString() ?? null,
    error: failure?.message ?? null,
  }
}
