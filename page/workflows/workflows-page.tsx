import { useState } from 'preact/hooks'
import { getAll, type Workflow } from '../api/client.ts'
import { useApi } from '../api/use-api.ts'
import { hashOf } from '../location.ts'
import { Empty, ErrorNotice } from '../ui/notice.tsx'
import { StartForm } from './start-form.tsx'

/** The workflows of the project. */
export function WorkflowsPage() {
  const { data, error } = useApi<readonly Workflow[]>('/workflows?limit=200', 15_000, getAll)
  const [starting, setStarting] = useState<Workflow>()
  return (
    <>
      <h1>Workflows</h1>
      <ErrorNotice error={error} />
      {data?.length === 0 && <Empty>The project has no workflow.</Empty>}
      <ul class="cards">
        {data?.map((workflow) => (
          <li key={workflow.id} class="card">
            <h2>
              <a href={hashOf(['workflows', workflow.id])}>{workflow.id}</a>
            </h2>
            <p>{workflow.description}</p>
            <div class="buttons">
              <button type="button" class="primary" onClick={() => setStarting(workflow)}>
                Start
              </button>
              <a
                class="button"
                href={`${hashOf(['runs'])}?workflow_id=${encodeURIComponent(workflow.id)}`}
              >
                Runs
              </a>
            </div>
          </li>
        ))}
      </ul>
      {starting !== undefined && (
        <StartForm workflow={starting} onClose={() => setStarting(undefined)} />
      )}
    </>
  )
}
