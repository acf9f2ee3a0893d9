import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  countByStatus,
  countStuck,
  listHeartbeats,
  listServerCloses,
  openClient,
  readBacklog,
  sendHeartbeat,
} from '../../engine/infra/temporal/index.ts'
import { eventually } from '../support/compozy.ts'
import {
  namespace,
  plain,
  start,
  startTemporal,
  workflow,
  type TemporalFixture,
} from './fixtures/temporal.ts'

const worked = 'worked'
const unworked = 'nobody works here'

let temporal: TemporalFixture
beforeAll(async () => {
  temporal = await startTemporal()
  await temporal.work(worked)
})
afterAll(() => temporal.stop())

describe('counts on a real server', () => {
  it('Should count the runs of one project by status, each chain once', async () => {
    const executions = temporal.executionsOn(worked, workflow('order'), workflow('counted'))
    const other = temporal.executionsOn(unworked, workflow('order'))
    const before = await countByStatus('order', { client: temporal.client, taskQueue: worked })
    const ids = await Promise.all(Array.from({ length: 4 }, () => start(executions)))
    await start(other)
    await executions.signal(ids[0]!, 'finish', 'done')
    await executions.signal(ids[1]!, 'finish', 'fail')
    await executions.signal(ids[2]!, 'finish', 'again')
    await executions.terminate(ids[3]!, 'enough')
    const after = await eventually(
      () => countByStatus('order', { client: temporal.client, taskQueue: worked }),
      ({ completed, failed, terminated, running }) =>
        completed > before.completed &&
        failed > before.failed &&
        terminated > before.terminated &&
        running > before.running,
    )
    expect(after).toEqual({
      ...before,
      completed: before.completed + 1,
      failed: before.failed + 1,
      terminated: before.terminated + 1,
      running: before.running + 1,
    })
    const none = { running: 0, completed: 0, failed: 0, canceled: 0, terminated: 0, timed_out: 0 }
    expect(
      await countByStatus("no such' workflow", { client: temporal.client, taskQueue: worked }),
    ).toEqual(none)
  })

  it('Should tell how many tasks wait for a worker, and that none do where one is there', async () => {
    const taskQueue = 'waiting'
    const executions = temporal.executionsOn(taskQueue, workflow('order'))
    await Promise.all([start(executions), start(executions), start(executions)])
    const waiting = await eventually(
      () => readBacklog('workflow', { client: temporal.client, taskQueue }),
      (backlog) => backlog?.tasks === 3 && backlog.ageSeconds > 0,
    )
    expect(waiting!.ageSeconds).toBeLessThan(60)
    const none = { tasks: 0, ageSeconds: 0 }
    expect(await readBacklog('activity', { client: temporal.client, taskQueue })).toEqual(none)
    expect(
      await readBacklog('workflow', { client: temporal.client, taskQueue: 'never used' }),
    ).toEqual(none)
  })

  it('Should list the last heartbeat of each process, and none of another task queue', async () => {
    const options = { client: temporal.client, taskQueue: 'a fleet' }
    expect(await listHeartbeats(options)).toEqual([])
    await Promise.all(['a@host', 'b@host closes=17'].map((note) => sendHeartbeat(note, options)))
    const first = await listHeartbeats(options)
    expect(first.map(({ note }) => note).toSorted()).toEqual(['a@host', 'b@host closes=17'])
    await sendHeartbeat('a@host', options)
    const again = await listHeartbeats(options)
    const timeOf = (list: typeof first) => list.find(({ note }) => note === 'a@host')!.at
    expect(timeOf(again)).toBeGreaterThan(timeOf(first))
    expect(Math.abs(Date.now() - timeOf(again))).toBeLessThan(60_000)
    expect(await listHeartbeats({ ...options, taskQueue: 'another fleet' })).toEqual([])
  })

  it('Should count what belongs to none of a thousand workflows in one query', async () => {
    const taskQueue = 'many workflows'
    const scope = { except: Array.from({ length: 1_000 }, (_, i) => `workflow-number-${i}`) }
    const options = { client: temporal.client, taskQueue }
    await start(temporal.executionsOn(taskQueue, workflow('order')))
    await eventually(
      () => countByStatus(scope, options),
      ({ running }) => running === 1,
    )
    expect((await countByStatus({ except: [...scope.except, 'order'] }, options)).running).toBe(0)
    expect(await countStuck(options)).toBe(0)
  })

  it('Should list the runs that Temporal closed in a span, and no others', async () => {
    const taskQueue = 'closed by the server'
    const executions = temporal.executionsOn(taskQueue, workflow('order'))
    const options = { client: temporal.client, taskQueue }
    const before = Date.now() - 1_000
    const id = await start(executions)
    const span = { after: before, until: before + 600_000 }
    expect(await listServerCloses(span, options)).toEqual([])
    await executions.terminate(id, 'enough')
    const closes = await eventually(
      () => listServerCloses(span, options),
      (found) => found.length > 0,
    )
    expect(closes).toMatchObject([{ workflowType: 'order', outcome: 'terminated' }])
    const { closedAt } = closes[0]!
    const later = { after: closedAt, until: span.until }
    const earlier = { after: before, until: closedAt - 1 }
    expect(await listServerCloses(later, options)).toEqual([])
    expect(await listServerCloses(earlier, options)).toEqual([])
    // Temporal's clock is finer: the close is in the span of its millisecond.
    expect(await listServerCloses({ after: closedAt - 1, until: closedAt }, options)).toEqual(
      closes,
    )
  })

  it('Should fail within its time limit where the server is gone', async () => {
    const gone = openClient({ ...plain, address: '127.0.0.1:1' }, namespace)
    const options = { client: gone, taskQueue: worked, timeoutMs: 100 }
    for (const count of [
      () => countByStatus('order', options),
      () => readBacklog('workflow', options),
    ])
      await expect(count()).rejects.toMatchObject({ code: 'temporal_unavailable' })
    await gone.connection.close()
  })
})
