import { Client, Connection } from '@temporalio/client'
import { expect, it, onTestFinished } from 'vitest'
import { eventually } from '../support/compozy.ts'
import { startEngine } from '../support/engine.ts'
import { sumOf } from '../support/metrics.ts'

it('Should tell the runs that are stuck on a failing workflow task, and not those that wait', async () => {
  const engine = await startEngine({ project: 'test/e2e/fixtures/outcomes' })
  await engine.taskReaches(await engine.start('waits'), 'go', 'running')
  const connection = await Connection.connect({ address: engine.ready.temporal })
  onTestFinished(() => connection.close())
  const temporal = new Client({ connection, namespace: engine.ready.namespace })
  // A definition that no compiler made is a defect. The server flags a run after some failures in a
  // row: a minute.
  await temporal.workflow.start('fails', {
    taskQueue: engine.ready.task_queue,
    workflowId: 'defect',
    args: [{ definition: {} }],
  })
  const stuck = 'compozy_temporal_workflow_stuck'
  const samples = await eventually(
    () => engine.samples(),
    (found) => sumOf(found, stuck) > 0,
    { timeoutMs: 240_000, everyMs: 1_000 },
  )
  expect(sumOf(samples, stuck, { workflow_type: 'fails' })).toBe(1)
  expect(sumOf(samples, stuck, { workflow_type: 'waits' })).toBe(0)
})
