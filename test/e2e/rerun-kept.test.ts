import { randomUUID } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, Connection } from '@temporalio/client'
import { beforeEach, describe, expect, it } from 'vitest'
import type { JsonObject, JsonValue } from '../../engine/core/json.ts'
import { eventually } from '../support/compozy.ts'
import { useEngine } from '../support/engine.ts'

const runs = '/api/v0/executions/workflows'
const drawn = { workflow_type: 'drawn' }

describe('what a repetition keeps of the tasks before the failed one', () => {
  const engine = useEngine({ project: 'test/e2e/fixtures/kept' })
  const { get, post } = engine

  const openService = () => rmSync(join(engine.dir, 'closed'), { force: true })
  beforeEach(() => writeFileSync(join(engine.dir, 'closed'), ''))

  /** What the tool got in the calls of a run, in order. */
  function callsOf(execId: string): readonly JsonObject[] {
    const lines = readFileSync(join(engine.dir, 'calls.jsonl'), 'utf8').trim().split('\n')
    const calls = lines.map((line) => JSON.parse(line) as { exec_id: string; input: JsonObject })
    return calls.filter(({ exec_id }) => exec_id === execId).map(({ input }) => input)
  }

  /** The records of a run's tasks. */
  const recordsOf = async (execId: string) =>
    (await get(`${runs}/${execId}/tasks`))['items'] as readonly JsonObject[]

  const recordOf = async (execId: string, id: string) =>
    (await recordsOf(execId)).findLast((task) => task['id'] === id)

  async function repeated(execId: string, body: JsonValue) {
    const answer = await post(`${runs}/${execId}/rerun`, body)
    expect(answer).toMatchObject({ status: 202, body: { rerun_of: execId } })
    return engine.closed(answer.body['exec_id'] as string)
  }

  /** Resets a run to before its last tool call, and returns the new one at its end. */
  async function resetToLastCall(execId: string, runId: string) {
    const connection = await Connection.connect({ address: engine.ready.temporal })
    const client = new Client({ connection, namespace: engine.ready.namespace })
    const { events } = await client.workflow.getHandle(execId).fetchHistory()
    const scheduled = events!.findLast((event) => event.activityTaskScheduledEventAttributes)!
    await client.workflowService.resetWorkflowExecution({
      namespace: engine.ready.namespace,
      workflowExecution: { workflowId: execId, runId },
      workflowTaskFinishEventId:
        scheduled.activityTaskScheduledEventAttributes!.workflowTaskCompletedEventId!,
      requestId: randomUUID(),
      reason: 'a test',
    })
    await connection.close()
    return eventually(
      () => engine.execution(execId),
      (found) => found.run_id !== runId && found.status === 'completed',
    )
  }

  it('Should tell the UUIDs that a run drew, and give them to its repetition', async () => {
    const failed = await engine.run('keyed')
    expect(failed.status).toBe('failed')
    const [call] = callsOf(failed.exec_id)
    expect(call!['key']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/)
    expect(await recordOf(failed.exec_id, 'charge')).toMatchObject({ input: call })
    expect(await recordOf(failed.exec_id, 'key')).toMatchObject({ output: { id: call!['key'] } })
    openService()
    const run = await repeated(failed.exec_id, { from: 'failed_task' })
    const [again] = callsOf(run.exec_id)
    // The failed task begins anew: a UUID of its own is another one.
    expect(run).toMatchObject({ status: 'completed', output: { ...call, own: again!['own'] } })
    expect(again!['own']).not.toBe(call!['own'])
    expect(await recordOf(run.exec_id, 'charge')).toMatchObject({ input: again })
  })

  it('Should give a repetition from the start UUIDs of its own', async () => {
    const failed = await engine.run('keyed')
    openService()
    const run = await repeated(failed.exec_id, { from: 'start' })
    const [[call], [again]] = [callsOf(failed.exec_id), callsOf(run.exec_id)]
    expect(again!['key']).not.toBe(call!['key'])
    expect(await recordOf(run.exec_id, 'charge')).toMatchObject({ input: again })
  })

  it('Should tell the UUIDs that a run drew after it was reset', async () => {
    const { exec_id, run_id } = await engine.run('drawn')
    const [first, last] = callsOf(exec_id)
    expect(await recordOf(exec_id, 'last')).toMatchObject({ input: last })
    const run = await resetToLastCall(exec_id, run_id)
    const [, , again] = callsOf(exec_id)
    expect(again!['key']).not.toBe(last!['key'])
    expect(run.output).toEqual(again)
    expect(await recordOf(exec_id, 'call')).toMatchObject({ input: first })
    expect(await recordOf(exec_id, 'second')).toMatchObject({ output: { id: again!['key'] } })
    expect(await recordOf(exec_id, 'last')).toMatchObject({ input: again })
  })

  it('Should measure a run that was reset from its reset, and others from their start', async () => {
    const total = () => engine.metric('compozy_temporal_workflow_duration_seconds_sum', drawn)
    const count = () => engine.metric('compozy_temporal_workflow_duration_seconds_count', drawn)
    const [sum, closes] = [await total(), await count()]
    const { exec_id, run_id } = await engine.run('drawn')
    await eventually(count, (now) => now === closes + 1)
    const first = (await total()) - sum
    expect(first).toBeGreaterThan(0)
    const waited = 4
    await sleep(waited * 1_000)
    await resetToLastCall(exec_id, run_id)
    await eventually(count, (now) => now === closes + 2)
    const again = (await total()) - sum - first
    expect(again).toBeGreaterThan(0)
    expect(again).toBeLessThan(waited)
  })

  it('Should go on in the round of a loop that failed, with the output of the round before', async () => {
    const failed = await engine.run('counted')
    expect(failed.status).toBe('failed')
    const rounds = (execId: string) => callsOf(execId).map(({ n }) => n)
    expect(rounds(failed.exec_id)).toEqual([1, 2, 3])
    openService()
    const run = await repeated(failed.exec_id, { from: 'failed_task' })
    expect(run).toMatchObject({ status: 'completed', output: { n: 5 } })
    expect(rounds(run.exec_id)).toEqual([3, 4, 5])
    const whole = await repeated(failed.exec_id, { from: 'start' })
    expect(rounds(whole.exec_id)).toEqual([1, 2, 3, 4, 5])
  })

  it('Should choose the route anew for another input, and keep it for the same', async () => {
    const failed = await engine.run('routed', { plan: 'free' })
    expect(failed.status).toBe('failed')
    openService()
    const plans = async (input: JsonValue) => {
      const run = await repeated(failed.exec_id, { from: 'failed_task', input })
      return callsOf(run.exec_id).map(({ plan }) => plan)
    }
    expect(await plans({ plan: 'pro' })).toEqual(['pro'])
    expect(await plans({ plan: 'free' })).toEqual(['free'])
  })

  it('Should go on with the sleep before the next round in which a run was canceled', async () => {
    const id = await engine.start('polled')
    await engine.taskReaches(id, 'poll', 'completed')
    await post(`${runs}/${id}/cancel`)
    await engine.closed(id)
    const run = await repeated(id, { from: 'failed_task' })
    expect(run).toMatchObject({ status: 'completed', output: { page: 2 } })
    expect(callsOf(id)).toEqual([{ page: 1 }])
    expect(callsOf(run.exec_id)).toEqual([{ page: 2 }])
  })

  it('Should keep a failure inside of a composite that another task handled', async () => {
    const failed = await engine.run('handled')
    expect(failed.error).toMatchObject({ type: 'ChildFailed' })
    const [, call] = callsOf(failed.exec_id)
    expect(call).toEqual({ why: 'it is closed', fails: true })
    openService()
    const run = await repeated(failed.exec_id, { from: 'failed_task' })
    expect(run).toMatchObject({ status: 'completed', output: { b: call } })
    expect(callsOf(run.exec_id)).toEqual([call])
  })
})
