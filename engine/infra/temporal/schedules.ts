import type { Client, ScheduleDescription, ScheduleOptions } from '@temporalio/client'
import { CompozyError } from '../../core/errors.ts'
import type { Logger } from '../../core/logger.ts'
import { didYouMean } from '../../core/nearest.ts'
import type { Project, Schedule, Workflow } from '../../project/project.ts'
import type { CallOptions, Schedules, ScheduleView } from '../../workflow/executions.ts'
import type { RunStart } from '../../workflow/ir.ts'
import { createCall } from './calls.ts'
import { hashOf, memoOf } from './identity.ts'

/** What the schedules of a project need. */
export interface TemporalSchedulesOptions {
  readonly client: Client
  readonly project: () => Project
  readonly taskQueue: string
  readonly logger: Logger
}

/** Note on a schedule that the API paused: such a pause outlives restarts and edits of the file. */
const pausedByApi = 'paused through the API'

const overlaps = {
  skip: 'SKIP',
  allow: 'ALLOW_ALL',
  buffer_one: 'BUFFER_ONE',
  cancel_other: 'CANCEL_OTHER',
} as const

type Scheduled = Workflow & { readonly schedule: Schedule }

/** The schedules port on a Temporal server. A schedule's id starts with the task queue, which no two projects share. */
export function createTemporalSchedules({
  client,
  project,
  taskQueue,
  logger,
}: TemporalSchedulesOptions): Schedules {
  const call = createCall(client)
  const prefix = `${taskQueue}/`
  const idOf = (workflowId: string): string => `${prefix}${workflowId}`

  const scheduled = (): Scheduled[] =>
    [...project().workflows.values()].filter(
      (workflow): workflow is Scheduled => workflow.schedule !== undefined,
    )

  function scheduledWorkflow(id: string): Scheduled {
    const found = scheduled().find((workflow) => workflow.id === id)
    if (found !== undefined) return found
    const hint = didYouMean(
      id,
      scheduled().map((workflow) => workflow.id),
    )
    throw new CompozyError('not_found', `no workflow "${id}" with a schedule${hint}`)
  }

  function optionsOf(workflow: Scheduled) {
    const { id, definition, sha256, schedule, timeoutMs } = workflow
    const { cron, timezone, jitterMs, overlapPolicy, startAt, endAt, input } = schedule
    const start: RunStart = { definition, sha256, input, trigger: { type: 'schedule' } }
    return {
      spec: {
        cronExpressions: [cron],
        timezone,
        ...(jitterMs > 0 && { jitter: jitterMs }),
        ...(startAt !== undefined && { startAt: new Date(startAt) }),
        ...(endAt !== undefined && { endAt: new Date(endAt) }),
      },
      action: {
        type: 'startWorkflow' as const,
        workflowType: id,
        workflowId: `${id}-scheduled`,
        taskQueue,
        args: [start],
        memo: memoOf(start),
        ...(timeoutMs !== undefined && { workflowExecutionTimeout: timeoutMs }),
      },
      policies: { overlap: overlaps[overlapPolicy], catchupWindow: '1 minute' as const },
    } satisfies Partial<ScheduleOptions>
  }

  async function put(workflow: Scheduled, options: CallOptions | undefined): Promise<void> {
    const scheduleId = idOf(workflow.id)
    const wanted = optionsOf(workflow)
    const fingerprint = hashOf(JSON.parse(JSON.stringify(wanted)))
    const handle = client.schedule.getHandle(scheduleId)
    const existing = await call('schedule', options, () => handle.describe()).catch((error: unknown) => {
      if (error instanceof CompozyError && error.code === 'not_found') return undefined
      throw error
    })
    const paused = !workflow.schedule.enabled
    if (existing === undefined) {
      const create = {
        ...wanted,
        scheduleId,
        memo: { fingerprint },
        state: { paused, note: 'from the project file' },
      }
      await call('schedule', options, () => client.schedule.create(create))
      logger.info({ workflow_id: workflow.id }, 'schedule created')
      return
    }
    const keepsPause = existing.state.paused && existing.state.note === pausedByApi
    const state = keepsPause ? { paused: true, note: pausedByApi } : { paused, note: 'from the project file' }
    await call('schedule', options, () =>
      handle.update((previous) => ({ ...previous, ...wanted, state: { ...previous.state, ...state } })),
    )
  }

  async function get(workflowId: string, options?: CallOptions): Promise<ScheduleView> {
    const workflow = scheduledWorkflow(workflowId)
    const what = `schedule of workflow "${workflowId}"`
    const found = await call(what, options, () => client.schedule.getHandle(idOf(workflowId)).describe())
    return viewOf(workflow, found)
  }

  return {
    async reconcile(options) {
      await Promise.all(scheduled().map((workflow) => put(workflow, options)))
      const wanted = new Set(scheduled().map(({ id }) => idOf(id)))
      for await (const { scheduleId } of client.schedule.list()) {
        if (!scheduleId.startsWith(prefix) || wanted.has(scheduleId)) continue
        await call('schedule', options, () => client.schedule.getHandle(scheduleId).delete())
        logger.info({ schedule: scheduleId }, 'schedule removed: no file has it any more')
      }
    },
    list: (options) => Promise.all(scheduled().map(({ id }) => get(id, options))),
    get,
    async setEnabled(workflowId, enabled, options) {
      scheduledWorkflow(workflowId)
      const handle = client.schedule.getHandle(idOf(workflowId))
      const what = `schedule of workflow "${workflowId}"`
      await call(what, options, () =>
        enabled ? handle.unpause('resumed through the API') : handle.pause(pausedByApi),
      )
      return get(workflowId, options)
    },
    async trigger(workflowId, options) {
      scheduledWorkflow(workflowId)
      await call(`schedule of workflow "${workflowId}"`, options, () =>
        client.schedule.getHandle(idOf(workflowId)).trigger(),
      )
    },
  }
}

function viewOf({ id, schedule }: Scheduled, { state, info }: ScheduleDescription): ScheduleView {
  return {
    workflow_id: id,
    cron: schedule.cron,
    timezone: schedule.timezone,
    enabled: !state.paused,
    next_run_at: state.paused ? null : (info.nextActionTimes[0]?.toISOString() ?? null),
    last_run_at: info.recentActions.at(-1)?.takenAt.toISOString() ?? null,
  }
}
