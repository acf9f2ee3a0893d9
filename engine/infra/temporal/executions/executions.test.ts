import type { Client } from '@temporalio/client'
import { describe, expect, it } from 'vitest'
import type { RunView } from '../../../definition/run-protocol.ts'
import type { Project } from '../../../project/project.ts'
import { createTemporalExecutions } from './executions.ts'

/** Temporal's codes of the statuses. */
const codes = { running: 1, completed: 2, failed: 3 } as const

interface FakeRun {
  readonly runId: string
  readonly status: keyof typeof codes
  /** What its worker answers. */
  readonly waitsFor: string
}

/** Executions on a server with one exec_id, whose runs follow one another. */
function executionsWith(...first: FakeRun[]) {
  const runs = [...first]
  const viewOf = ({ waitsFor }: FakeRun): RunView => ({
    tasks: {},
    waiting_for: [waitsFor],
    pending_signals: 0,
  })
  const client = {
    connection: {
      withDeadline: (_: number, make: () => unknown) => make(),
      withAbortSignal: (_: AbortSignal, make: () => unknown) => make(),
    },
    workflow: {
      getHandle: (_: string, runId?: string) => ({
        async describe() {
          const { status, runId: current } = runs.at(-1)!
          return { taskQueue: 'shop', runId: current, status: { code: codes[status] } }
        },
        query: async () =>
          viewOf(runId === undefined ? runs.at(-1)! : runs.find((run) => run.runId === runId)!),
      }),
    },
  }
  const executions = createTemporalExecutions({
    // Only what a view reads of them.
    client: client as unknown as Client,
    // A view reads nothing of the project.
    project: () => ({}) as unknown as Project,
    taskQueue: 'shop',
  })
  const waitingFor = async () => (await executions.view('a')).waiting_for
  return { runs, executions, waitingFor }
}

describe('the view of a closed run', () => {
  it('Should be of the run that a reset has made, not of the one before', async () => {
    const { runs, waitingFor } = executionsWith({ runId: '1', status: 'failed', waitsFor: 'paid' })
    expect(await waitingFor()).toEqual(['paid'])
    runs.push({ runId: '2', status: 'completed', waitsFor: 'shipped' })
    expect(await waitingFor()).toEqual(['shipped'])
  })

  it('Should be of the run that was described, though another one has its exec_id by now', async () => {
    const { executions } = executionsWith(
      { runId: '1', status: 'failed', waitsFor: 'paid' },
      { runId: '2', status: 'running', waitsFor: 'shipped' },
    )
    const described = { run_id: '1', status: 'failed' } as const
    expect((await executions.view('a', { described })).waiting_for).toEqual(['paid'])
  })
})
