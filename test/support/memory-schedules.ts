import { CompozyError } from '../../engine/core/errors.ts'
import { didYouMean } from '../../engine/core/nearest.ts'
import type { Project } from '../../engine/project/project.ts'
import type { Executions, Schedules, ScheduleView } from '../../engine/executions.ts'

/**
 * The schedules of a project in memory. `trigger` starts a run through the executions that it is
 * given.
 */
export function createMemorySchedules(
  project: Project,
  executions: Pick<Executions, 'start'>,
): Schedules {
  const enabledByApi = new Map<string, boolean>()
  const scheduled = [...project.workflows.values()].flatMap(({ id, schedule }) =>
    schedule === undefined ? [] : [{ id, schedule }],
  )

  function view(workflowId: string): ScheduleView {
    const found = scheduled.find(({ id }) => id === workflowId)
    if (found === undefined) {
      const hint = didYouMean(
        workflowId,
        scheduled.map(({ id }) => id),
      )
      throw new CompozyError('not_found', `no workflow "${workflowId}" with a schedule${hint}`)
    }
    const { cron, timezone } = found.schedule
    const enabled = enabledByApi.get(workflowId) ?? found.schedule.enabled
    const next_run_at = enabled ? '2026-01-02T03:30:00.000Z' : null
    return {
      workflow_id: workflowId,
      cron,
      timezone,
      enabled,
      next_run_at,
      last_run_at: null,
      error: null,
    }
  }

  return {
    reconcile: async () => [],
    list: async () => scheduled.map(({ id }) => view(id)),
    get: async (workflowId) => view(workflowId),
    async setEnabled(workflowId, enabled) {
      view(workflowId)
      enabledByApi.set(workflowId, enabled)
      return view(workflowId)
    },
    async trigger(workflowId, options) {
      view(workflowId)
      const input = scheduled.find(({ id }) => id === workflowId)?.schedule.input ?? null
      const request = { workflowId, input, trigger: { type: 'schedule' } as const }
      const { exec_id } = await executions.start(request, options)
      return { workflow_id: workflowId, exec_id }
    },
  }
}
