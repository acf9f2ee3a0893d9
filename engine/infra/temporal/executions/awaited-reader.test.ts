import type { Client, WorkflowExecutionDescription } from '@temporalio/client'
import { defaultPayloadConverter } from '@temporalio/common'
import { describe, expect, it } from 'vitest'
import type { Project } from '../../../project/project.ts'
import { createAwaitedReader } from './awaited-reader.ts'

const name = { place: 'w.yaml:1', source: 'go', body: [] }
const task = { id: 'w', type: 'wait', wait_for: name, timeout: 1_000 }
const definition = { irVersion: 1, id: 'order', env: {}, maxTasks: 1, tasks: [task] }
const history = {
  events: [
    {
      workflowExecutionStartedEventAttributes: {
        input: { payloads: [defaultPayloadConverter.toPayload({ definition })] },
      },
    },
  ],
}

/** A run whose definition is no longer the project's. */
const older = {
  type: 'order',
  workflowId: 'a',
  runId: 'r',
  memo: { definition_sha256: 'older' },
  // Only what the reader reads.
} as unknown as WorkflowExecutionDescription

/** A reader on a server that gives histories so. */
function readerOn(getWorkflowExecutionHistory: () => Promise<unknown>, timeoutMs: number) {
  const passOn = (_: unknown, make: () => unknown) => make()
  const client = {
    options: { namespace: 'n' },
    connection: { withDeadline: passOn, withAbortSignal: passOn },
    workflowService: { getWorkflowExecutionHistory },
    // Only what the reader calls.
  } as unknown as Client
  // Only what the reader reads.
  const project = { workflows: new Map() } as unknown as Project
  return createAwaitedReader(client, () => project, timeoutMs)
}

describe('the signals that a run awaits', () => {
  it('Should be read from its history where the project has another definition', async () => {
    const awaited = await readerOn(() => Promise.resolve({ history }), 20_000)(older)
    expect(awaited).toEqual(new Set(['go']))
  })

  it('Should be unknown, not waited for, where the history does not come, and read the next time', async () => {
    let asked = 0
    const answer = () => (asked++ === 0 ? new Promise(() => {}) : Promise.resolve({ history }))
    const read = readerOn(answer, 50)
    expect(await read(older)).toBeUndefined()
    expect(await read(older)).toEqual(new Set(['go']))
  })

  it('Should be unknown at once where the caller gives up', async () => {
    const read = readerOn(() => new Promise(() => {}), 600_000)
    expect(await read(older, { signal: AbortSignal.abort() })).toBeUndefined()
  })
})
