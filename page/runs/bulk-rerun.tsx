import { useState } from 'preact/hooks'
import { send, type ExecutionSummary } from '../api/client.ts'
import { hashOf } from '../location.ts'
import { ActionForm } from '../ui/action-form.tsx'
import { Empty } from '../ui/notice.tsx'

/** Which runs to repeat: the filters of the list. */
export type RunFilter = Readonly<Record<string, string>>

/** What the API did, or would do, with each run. */
interface BulkAnswer {
  readonly items: readonly (Pick<ExecutionSummary, 'exec_id' | 'error'> & {
    readonly rerun: string | null
    readonly problem: { readonly detail: string } | null
  })[]
  readonly already_repeated: number
  readonly more: boolean
}

/** Most runs that one request repeats from here. */
const limit = 100

function Items({ items, already_repeated: done, more }: BulkAnswer) {
  if (items.length + done === 0) return <Empty>No failed run matches these filters.</Empty>
  return (
    <>
      <ul class="inside">
        {items.map(({ exec_id, error, rerun, problem }) => (
          <li key={exec_id}>
            <code>{exec_id}</code> {rerun === null && problem === null && error?.type}
            {rerun !== null && <a href={hashOf(['runs', rerun])}>{rerun}</a>}
            {problem !== null && <b> {problem.detail}</b>}
          </li>
        ))}
      </ul>
      {done > 0 && <p>{done} left out: a repetition of them is open or has completed.</p>}
      {more && <p>Further runs match; only the newest {limit} are repeated at a time.</p>}
    </>
  )
}

/** Repeats the failed runs that match the filters: first shows which, then asks. */
export function BulkRerun({ filter, onClose }: { filter: RunFilter; onClose: () => void }) {
  const [from, setFrom] = useState('failed_task')
  const [plan, setPlan] = useState<BulkAnswer>()
  const [done, setDone] = useState<BulkAnswer>()
  const count = plan?.items.length ?? 0
  const submit = async () => {
    const dry_run = plan === undefined
    const body = { filter, from, definition: 'current', limit, dry_run }
    const answer = await send<BulkAnswer>('/executions/workflows/rerun', body)
    if (dry_run) setPlan(answer)
    else setDone(answer)
  }
  const actionOf = () => {
    if (plan === undefined) return 'Show which'
    return `Repeat ${count} ${count === 1 ? 'run' : 'runs'}`
  }
  return (
    <ActionForm
      title="Repeat failed runs"
      action={done === undefined ? actionOf() : 'Done'}
      onClose={onClose}
      submit={async (stay) => {
        if (done !== undefined) return
        stay()
        if (plan === undefined || count > 0) await submit()
      }}
    >
      {done === undefined && (
        <>
          <p>Repeats the failed runs that match the filters of the list, with the current files.</p>
          <div class="field">
            <label for="bulk-from">From</label>
            <select
              id="bulk-from"
              value={from}
              onChange={({ currentTarget }) => setFrom(currentTarget.value)}
            >
              <option value="failed_task">the failed task, keeping what succeeded</option>
              <option value="start">the start</option>
            </select>
          </div>
        </>
      )}
      {(done ?? plan) !== undefined && <Items {...(done ?? plan)!} />}
    </ActionForm>
  )
}
