import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { getAll, send, type Schedule } from '../api/client.ts'
import { explain } from '../api/problem.ts'
import { useApi } from '../api/use-api.ts'
import { hashOf } from '../location.ts'
import { Ago } from '../ui/ago.tsx'
import { Empty, ErrorNotice } from '../ui/notice.tsx'

const pathOf = (id: string) => `/schedules/${encodeURIComponent(id)}`

/** Starts a run of a schedule; says which, where Temporal has started it already. */
async function trigger(id: string): Promise<ComponentChildren> {
  const { exec_id } = await send<{ readonly exec_id: string | null }>(`${pathOf(id)}/trigger`)
  if (exec_id === null) return `${id} is triggered. Temporal has not started the run yet.`
  return (
    <>
      Run <a href={hashOf(['runs', exec_id])}>{exec_id}</a> has started.
    </>
  )
}

/** Pauses a schedule, or resumes it. */
async function enable(id: string, enabled: boolean): Promise<ComponentChildren> {
  await send(pathOf(id), { enabled }, 'PATCH')
  return enabled ? `${id} is on.` : `${id} is paused.`
}

/** The schedules of the project, to pause, resume and trigger. */
export function SchedulesPage() {
  const path = '/schedules?limit=200'
  const { data, error, reload } = useApi<readonly Schedule[]>(path, 10_000, getAll)
  const [failure, setFailure] = useState<string>()
  const [said, setSaid] = useState<ComponentChildren>('')
  const act = async (change: Promise<ComponentChildren>) => {
    setFailure(undefined)
    setSaid('')
    try {
      setSaid(await change)
      reload()
    } catch (problem) {
      setFailure(explain(problem))
    }
  }
  return (
    <>
      <h1>Schedules</h1>
      <ErrorNotice error={failure ?? error} />
      <p role="status">{said}</p>
      {data?.length === 0 && <Empty>No workflow has a schedule.</Empty>}
      {data !== undefined && data.length > 0 && (
        <div class="scroll" tabIndex={0} role="region" aria-label="Schedules">
          <table>
            <thead>
              <tr>
                <th>Workflow</th>
                <th>Cron</th>
                <th>Next</th>
                <th>Last</th>
                <th>State</th>
                <th>
                  <span class="hidden">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {data.map(({ workflow_id: id, ...schedule }) => (
                <tr key={id}>
                  <td>
                    <a href={hashOf(['workflows', id])}>{id}</a>
                  </td>
                  <td>
                    <code>{schedule.cron}</code> <small>{schedule.timezone}</small>
                  </td>
                  <td>
                    <Ago time={schedule.next_run_at} />
                  </td>
                  <td>
                    <Ago time={schedule.last_run_at} />
                  </td>
                  <td>{schedule.error ?? (schedule.enabled ? 'on' : 'paused')}</td>
                  <td class="buttons">
                    <button type="button" onClick={() => void act(enable(id, !schedule.enabled))}>
                      {schedule.enabled ? 'Pause' : 'Resume'} <span class="hidden">{id}</span>
                    </button>
                    <button type="button" onClick={() => void act(trigger(id))}>
                      Trigger <span class="hidden">{id}</span>
                    </button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  )
}
