import { useState } from 'preact/hooks'
import { send, type PageOf, type Schedule } from '../api/client.ts'
import { explain } from '../api/problem.ts'
import { useApi } from '../api/use-api.ts'
import { hashOf } from '../location.ts'
import { Ago } from '../ui/ago.tsx'
import { Empty, ErrorNotice } from '../ui/notice.tsx'

/** The schedules of the project, to pause, resume and trigger. */
export function SchedulesPage() {
  const { data, error, reload } = useApi<PageOf<Schedule>>('/schedules?limit=200', 10_000)
  const [failure, setFailure] = useState<string>()
  const [said, setSaid] = useState('')
  const act = async (done: string, change: () => Promise<unknown>) => {
    setFailure(undefined)
    try {
      await change()
      setSaid(done)
      reload()
    } catch (problem) {
      setFailure(explain(problem))
    }
  }
  const pathOf = (id: string) => `/schedules/${encodeURIComponent(id)}`
  return (
    <>
      <h1>Schedules</h1>
      <ErrorNotice error={failure ?? error} />
      <p role="status">{said}</p>
      {data?.items.length === 0 && <Empty>No workflow has a schedule.</Empty>}
      {data !== undefined && data.items.length > 0 && (
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
              {data.items.map(({ workflow_id: id, ...schedule }) => (
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
                    <button
                      type="button"
                      onClick={() =>
                        void act(schedule.enabled ? `${id} is paused.` : `${id} is on.`, () =>
                          send(pathOf(id), { enabled: !schedule.enabled }, 'PATCH'),
                        )
                      }
                    >
                      {schedule.enabled ? 'Pause' : 'Resume'} <span class="hidden">{id}</span>
                    </button>
                    <button
                      type="button"
                      onClick={() =>
                        void act(`A run of ${id} has started.`, () => send(`${pathOf(id)}/trigger`))
                      }
                    >
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
