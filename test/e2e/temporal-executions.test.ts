import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { temporalSettings } from '../../engine/infra/temporal/config.ts'
import { countByStatus, createHealthCheck, openClient } from '../../engine/infra/temporal/index.ts'
import type { ExecutionQuery } from '../../engine/executions.ts'
import { eventually } from '../support/compozy.ts'
import {
  executionsOf,
  plain,
  start,
  startTemporal,
  workflow,
  type TemporalFixture,
} from './fixtures/temporal.ts'

const worked = 'worked'
const unworked = 'nobody works here'
const api = { type: 'api' } as const

let temporal: TemporalFixture
beforeAll(async () => {
  temporal = await startTemporal()
  await temporal.work(worked)
})
afterAll(() => temporal.stop())

describe('executions on a real server', () => {
  it('Should show a run that was continued as new as one, since its first start', async () => {
    const executions = temporal.executionsOn(worked, workflow('order'))
    const { exec_id: id, run_id: first } = await executions.start({
      workflowId: 'order',
      input: {},
      trigger: api,
    })
    const { started_at } = await executions.describe(id)
    await executions.signal(id, 'finish', 'again')
    const again = await eventually(
      () => executions.describe(id),
      ({ run_id }) => run_id !== first,
    )
    expect(again).toMatchObject({ status: 'running', started_at, closed_at: null })
    await executions.signal(id, 'finish', 'done')
    expect(await executions.result(id, 20_000)).toMatchObject({
      status: 'completed',
      output: { payload: 'done' },
      run_id: again.run_id,
      started_at,
    })
    const { items } = await executions.list({ limit: 10, workflow_id: 'order' })
    expect(items.filter(({ exec_id }) => exec_id === id)).toHaveLength(1)
  })

  it('Should end a run after its config.timeout and say so', async () => {
    const executions = temporal.executionsOn(unworked, workflow('order', { timeoutMs: 1_000 }))
    const run = await executions.result(await start(executions), 20_000)
    expect(run).toMatchObject({
      status: 'timed_out',
      output: null,
      error: {
        type: 'TaskTimeout',
        message: 'the run took longer than its config.timeout of 1s; no task had started',
      },
    })
  })

  it('Should give the result of a closed run without waiting', async () => {
    const executions = temporal.executionsOn(unworked, workflow('order'))
    const id = await start(executions)
    expect(await executions.result(id, 0)).toBeUndefined()
    await executions.terminate(id, 'enough')
    expect(await executions.result(id, 0)).toMatchObject({
      status: 'terminated',
      error: { message: 'enough' },
    })
  })

  it('Should tell the view of a run, open or closed, where a worker is there to be asked', async () => {
    const executions = temporal.executionsOn(worked, workflow('order'))
    const id = await start(executions)
    const view = {
      tasks: {},
      waiting_for: ['finish'],
      pending_signals: 0,
      as_of: expect.any(Number),
    }
    expect(await executions.view(id)).toEqual(view)
    await executions.signal(id, 'finish', 'done')
    await executions.result(id, 20_000)
    expect(await executions.view(id)).toEqual(view)
  })

  it.each(['done', 'fail'])(
    'Should tell the tasks of a run that ended by itself: %s',
    async (payload) => {
      const executions = temporal.executionsOn(worked, workflow('order'))
      const id = await start(executions)
      expect((await executions.describe(id)).tasks).toBeNull()
      await executions.signal(id, 'finish', payload)
      const choose = {
        type: 'router',
        status: 'completed',
        attempts: 1,
        started_at: 1,
        ended_at: 2,
      }
      expect((await executions.result(id, 20_000))?.tasks).toEqual({ choose })
    },
  )

  it('Should say that no worker tells the view where none is there', async () => {
    const executions = temporal.executionsOn(unworked, workflow('order'))
    const id = await start(executions)
    await expect(executions.view(id)).rejects.toMatchObject({
      code: 'temporal_timeout',
      message: `no worker reports the tasks of execution "${id}"`,
    })
  })

  it('Should say the same at once of a run that has closed', async () => {
    const executions = temporal.executionsOn(unworked, workflow('order'))
    const id = await start(executions)
    await executions.terminate(id, 'enough')
    await expect(executions.view(id)).rejects.toMatchObject({
      code: 'temporal_timeout',
      message: `no worker reports the tasks of execution "${id}"`,
    })
  })

  it('Should keep the key of an event apart from that of a start, and name it as it was given', async () => {
    const trigger = { type: 'signal', name: 'sent', check: () => [] } as const
    const executions = temporal.executionsOn(unworked, workflow('order', { triggers: [trigger] }))
    const event = { name: 'sent', payload: 1, idempotencyKey: 'k' }
    const [published] = await executions.publish(event)
    for (const idempotencyKey of ['k', 'event sent k']) {
      const started = await executions.start({
        workflowId: 'order',
        input: 1,
        trigger: api,
        idempotencyKey,
      })
      expect([started.created, started.exec_id === published!.exec_id]).toEqual([true, false])
    }
    await expect(executions.publish({ ...event, payload: 2 })).rejects.toMatchObject({
      code: 'conflict',
      message: 'idempotency key "k" was already used with a different input',
    })
  })

  it('Should start 300 listeners of an event, each once however often it is repeated', async () => {
    const trigger = { type: 'signal', name: 'spread', check: () => [] } as const
    const ids = Array.from({ length: 300 }, (_, n) => `listener-${n}`)
    const listeners = ids.map((id) => workflow(id, { triggers: [trigger] }))
    const executions = temporal.executionsOn(unworked, ...listeners)
    const event = { name: 'spread', payload: 1, idempotencyKey: 'once' }
    const first = await executions.publish(event)
    expect(first.map(({ workflow_id }) => workflow_id)).toEqual(ids)
    expect(await executions.publish(event)).toEqual(first)
    const other = await executions.publish({ ...event, idempotencyKey: 'twice' })
    expect(new Set([...first, ...other].map(({ exec_id }) => exec_id)).size).toBe(600)
  })

  it('Should refuse an input that is too large for Temporal as such', async () => {
    const executions = temporal.executionsOn(unworked, workflow('order'))
    const input = 'x'.repeat(3_000_000)
    await expect(
      executions.start({ workflowId: 'order', input, trigger: api }),
    ).rejects.toMatchObject({
      code: 'payload_too_large',
      message:
        'the input of workflow "order" is too large: 3,000,002 bytes; at most 2,000,000 bytes are allowed',
    })
    const id = await start(executions)
    await expect(executions.signal(id, 'finish', input)).rejects.toMatchObject({
      code: 'payload_too_large',
      message: expect.stringContaining('the payload of signal "finish" is too large'),
    })
    await executions.signal(id, 'finish', 'x'.repeat(1_900_000))
  })

  it('Should bound the bytes of signals that nothing takes, and not end the run', async () => {
    const executions = temporal.executionsOn(unworked, workflow('order'))
    const id = await start(executions)
    const payload = 'x'.repeat(1_900_000)
    const send = async () => {
      for (let count = 0; count < 40; count++) await executions.signal(id, 'other', payload)
    }
    await expect(send()).rejects.toMatchObject({
      code: 'limit_reached',
      message: expect.stringContaining('bytes of history'),
    })
    expect((await executions.describe(id)).status).toBe('running')
  })

  it('Should report a server without the namespace as not healthy', async () => {
    const config = { ...plain, address: temporal.address }
    const lost = openClient(config, 'nope')
    expect(await createHealthCheck(lost, config)(10_000)).toBe(
      `${temporal.address}: the Temporal server has no namespace "nope"`,
    )
    await lost.connection.close()
    expect(await createHealthCheck(temporal.client, config)(10_000)).toBeUndefined()
  })

  it('Should name a namespace that does not exist', async () => {
    const stranger = openClient({ ...plain, address: temporal.address }, 'nowhere')
    const executions = executionsOf(stranger, worked, workflow('order'))
    const calls = [
      () => executions.list({ limit: 1 }),
      () => executions.describe('order-1'),
      () => start(executions),
    ]
    for (const call of calls)
      await expect(call()).rejects.toMatchObject({
        code: 'temporal_failed',
        message: 'the Temporal server has no namespace "nowhere"',
      })
    await stranger.connection.close()
  })

  it.each([
    "order' OR WorkflowType != '",
    'order\\',
    '" OR "a" = "a',
    '%',
    '?',
    'a\nb',
    'x'.repeat(5_000),
  ])('Should not let the filter %j reach beyond itself', async (workflow_id) => {
    const executions = temporal.executionsOn(worked, workflow('order'))
    expect(await executions.list({ limit: 10, workflow_id })).toEqual({
      items: [],
      next_cursor: null,
    })
  })

  const odd = ["'", '"', '\\', '%', '_', '\n', 'é', '😀', '`', "''", '\\\\', "\\'"]
  const names = odd.flatMap((sign) => [
    sign,
    `${sign}q`,
    `a${sign}b`,
    `z${sign}`,
    `${sign}m${sign}`,
  ])

  it('Should find by prefix and workflow exactly what strangers called so', async () => {
    const taskQueue = 'strangers'
    const all = [...names, 'q', 'ab', 'z', 'm', 'Z-case', 'z-case']
    for (const name of all)
      await temporal.client.workflow.start(name, { taskQueue, workflowId: name })
    const executions = temporal.executionsOn(taskQueue, workflow('order'))
    const ids = async (filter: Partial<ExecutionQuery>) => {
      const { items, next_cursor } = await executions.list({ limit: 200, ...filter })
      expect(next_cursor).toBeNull()
      return items.map(({ exec_id }) => exec_id).toSorted()
    }
    await eventually(
      () => ids({}),
      (found) => found.length === all.length,
    )
    for (const name of all) {
      const beginning = all.filter((id) => id.startsWith(name)).toSorted()
      expect([name, await ids({ exec_id_prefix: name })]).toEqual([name, beginning])
      expect([name, await ids({ workflow_id: name })]).toEqual([name, [name]])
    }
    expect(await ids({ exec_id_prefix: 'Q' })).toEqual([])
    expect(await ids({ rerun_of: "'" })).toEqual([])
  })

  it('Should list and count the runs of every task queue that the setting accepts', async () => {
    const accepted = names.filter((name) => temporalSettings.taskQueue.read(name) !== undefined)
    expect(accepted).toEqual(expect.arrayContaining(["a'b", '%', 'z_', "a''b", 'é']))
    for (const taskQueue of accepted) {
      const executions = temporal.executionsOn(taskQueue, workflow('order'))
      const exec_id = await start(executions)
      await eventually(
        async () => (await executions.list({ limit: 10 })).items,
        (items) => items.length === 1 && items[0]?.exec_id === exec_id,
      )
      const counts = await countByStatus('order', { client: temporal.client, taskQueue })
      expect([taskQueue, counts.running]).toEqual([taskQueue, 1])
    }
  })
})
