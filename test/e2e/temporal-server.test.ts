import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Client } from '@temporalio/client'
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLogger } from '../../engine/core/logger.ts'
import {
  countByStatus,
  createTemporalExecutions,
  createTemporalSchedules,
  findTemporalBinary,
  openClient,
  readBacklog,
  startDevServer,
  type DevServer,
} from '../../engine/infra/temporal/index.ts'
import type { Project, Schedule, Workflow } from '../../engine/project/project.ts'
import type { Executions } from '../../engine/workflow/executions.ts'
import { eventually } from '../support/compozy.ts'

const plain = { apiKey: null, tls: false, tlsCert: null, tlsKey: null, tlsCa: null }
const worked = 'worked'
const unworked = 'nobody works here'
const api = { type: 'api' } as const

let server: DevServer
let client: Client
let stopWorker: () => Promise<void>
const folder = mkdtempSync(join(tmpdir(), 'compozy-temporal-'))

beforeAll(async () => {
  const { path: binary } = await findTemporalBinary({ env: process.env })
  const databaseFile = join(folder, 'temporal.db')
  server = await startDevServer({ binary, port: 0, namespace: 'orders', databaseFile, logger: silentLogger })
  client = openClient({ ...plain, address: server.address }, 'orders')
  Runtime.install({ logger: new DefaultLogger('ERROR') })
  const connection = await NativeConnection.connect({ address: server.address })
  const worker = await Worker.create({
    connection,
    namespace: 'orders',
    taskQueue: worked,
    workflowsPath: fileURLToPath(new URL('fixtures/temporal-workflows.ts', import.meta.url)),
  })
  const running = worker.run()
  stopWorker = async () => {
    worker.shutdown()
    await running
    await connection.close()
  }
})

afterAll(async () => {
  await stopWorker()
  await client.connection.close()
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

function workflow(id: string, more: Partial<Workflow> = {}): Workflow {
  const definition = { irVersion: 1, id, project: { name: 'shop' }, env: {}, maxTasks: 1, tasks: [] } as const
  return {
    id,
    file: `${id}.yaml`,
    definition,
    sha256: 'abc',
    triggers: [],
    acceptInput: (input) => input,
    ...more,
  }
}

const projectOf = (...workflows: Workflow[]) =>
  ({ name: 'shop', workflows: new Map(workflows.map((entry) => [entry.id, entry])) }) as unknown as Project

function executionsOn(taskQueue: string, ...workflows: Workflow[]): Executions {
  const project = projectOf(...workflows)
  return createTemporalExecutions({ client, project: () => project, taskQueue })
}

async function start(executions: Executions, workflowId = 'order'): Promise<string> {
  return (await executions.start({ workflowId, input: { n: 1 }, trigger: api })).exec_id
}

describe('executions on a real server', () => {
  it('Should show a run that was continued as new as one, since its first start', async () => {
    const executions = executionsOn(worked, workflow('order'))
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
    const executions = executionsOn(unworked, workflow('order', { timeoutMs: 1_000 }))
    const run = await executions.result(await start(executions), 20_000)
    expect(run).toMatchObject({
      status: 'timed_out',
      output: null,
      error: { type: 'TaskTimeout', message: 'the run took longer than its config.timeout allows' },
    })
  })

  it('Should give the result of a closed run without waiting', async () => {
    const executions = executionsOn(unworked, workflow('order'))
    const id = await start(executions)
    expect(await executions.result(id, 0)).toBeUndefined()
    await executions.terminate(id, 'enough')
    expect(await executions.result(id, 0)).toMatchObject({
      status: 'terminated',
      error: { message: 'enough' },
    })
  })

  it('Should tell the view of a run, open or closed, where a worker is there to be asked', async () => {
    const executions = executionsOn(worked, workflow('order'))
    const id = await start(executions)
    const view = { tasks: {}, waiting_for: ['finish'], pending_signals: 0 }
    expect(await executions.view(id)).toEqual(view)
    await executions.signal(id, 'finish', 'done')
    await executions.result(id, 20_000)
    expect(await executions.view(id)).toEqual(view)
  })

  it('Should say that no worker tells the view where none is there', async () => {
    const executions = executionsOn(unworked, workflow('order'))
    const id = await start(executions)
    await expect(executions.view(id)).rejects.toMatchObject({
      code: 'temporal_timeout',
      message: `no worker tells the tasks of "${id}"`,
    })
  })

  it('Should refuse an input that is too large for Temporal as such', async () => {
    const executions = executionsOn(unworked, workflow('order'))
    const input = 'x'.repeat(3_000_000)
    await expect(executions.start({ workflowId: 'order', input, trigger: api })).rejects.toMatchObject({
      code: 'payload_too_large',
    })
  })

  it('Should name a namespace that does not exist', async () => {
    const stranger = openClient({ ...plain, address: server.address }, 'nowhere')
    const project = projectOf(workflow('order'))
    const executions = createTemporalExecutions({
      client: stranger,
      project: () => project,
      taskQueue: worked,
    })
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

  it.each(["order' OR WorkflowType != '", 'order\\', '" OR "a" = "a', '%'])(
    'Should not let the filter %s reach beyond itself',
    async (workflow_id) => {
      const executions = executionsOn(worked, workflow('order'))
      expect(await executions.list({ limit: 10, workflow_id })).toEqual({ items: [], next_cursor: null })
    },
  )
})

describe('counts on a real server', () => {
  it('Should count the runs of one project by status, each chain once', async () => {
    const executions = executionsOn(worked, workflow('order'), workflow('counted'))
    const other = executionsOn(unworked, workflow('order'))
    const before = await countByStatus('order', { client, taskQueue: worked })
    const ids = await Promise.all(Array.from({ length: 4 }, () => start(executions)))
    await start(other)
    await executions.signal(ids[0]!, 'finish', 'done')
    await executions.signal(ids[1]!, 'finish', 'fail')
    await executions.signal(ids[2]!, 'finish', 'again')
    await executions.terminate(ids[3]!, 'enough')
    const after = await eventually(
      () => countByStatus('order', { client, taskQueue: worked }),
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
    expect(await countByStatus("no such' workflow", { client, taskQueue: worked })).toEqual(none)
  })

  it('Should tell how many tasks wait for a worker, and that none do where one is there', async () => {
    const taskQueue = 'waiting'
    const executions = executionsOn(taskQueue, workflow('order'))
    await Promise.all([start(executions), start(executions), start(executions)])
    const waiting = await eventually(
      () => readBacklog('workflow', { client, taskQueue }),
      ({ tasks, ageSeconds }) => tasks === 3 && ageSeconds > 0,
    )
    expect(waiting.ageSeconds).toBeLessThan(60)
    const none = { tasks: 0, ageSeconds: 0 }
    expect(await readBacklog('activity', { client, taskQueue })).toEqual(none)
    expect(await readBacklog('workflow', { client, taskQueue: 'never used' })).toEqual(none)
  })

  it('Should fail within its time limit where the server is gone', async () => {
    const gone = openClient({ ...plain, address: '127.0.0.1:1' }, 'orders')
    const options = { client: gone, taskQueue: worked, timeoutMs: 100 }
    for (const count of [() => countByStatus('order', options), () => readBacklog('workflow', options)])
      await expect(count()).rejects.toMatchObject({ code: 'temporal_unavailable' })
    await gone.connection.close()
  })
})

describe('schedules on a real server', () => {
  const nightly: Schedule = {
    cron: '0 3 * * *',
    timezone: 'Europe/Berlin',
    enabled: true,
    jitterMs: 0,
    overlapPolicy: 'skip',
    input: { for: 'everybody' },
  }
  const scheduled = (id: string, schedule: Partial<Schedule> = {}) =>
    workflow(id, { schedule: { ...nightly, ...schedule } })

  function schedulesOn(taskQueue: string, ...workflows: Workflow[]) {
    const project = projectOf(...workflows)
    return createTemporalSchedules({ client, project: () => project, taskQueue, logger: silentLogger })
  }

  async function idsOnServer(prefix: string): Promise<string[]> {
    const ids: string[] = []
    for await (const { scheduleId } of client.schedule.list())
      if (scheduleId.startsWith(prefix)) ids.push(scheduleId)
    return ids.toSorted()
  }

  it('Should create, change and remove schedules to match the files, and only its own', async () => {
    await schedulesOn('a', scheduled('report'), scheduled('cleanup'), workflow('manual')).reconcile()
    // A task queue may look like a schedule of another.
    await schedulesOn('a/b', scheduled('report')).reconcile()
    await schedulesOn('ab', scheduled('report')).reconcile()
    await eventually(
      () => idsOnServer('a'),
      ({ length }) => length === 4,
    )

    const changed = schedulesOn(
      'a',
      scheduled('report', { cron: '@every 90m', timezone: 'UTC', enabled: false }),
    )
    await changed.reconcile()
    expect(
      await eventually(
        () => idsOnServer('a'),
        ({ length }) => length === 3,
      ),
    ).toEqual(['a/b/report', 'a/report', 'ab/report'])
    expect(await changed.list()).toEqual([
      {
        workflow_id: 'report',
        cron: '@every 90m',
        timezone: 'UTC',
        enabled: false,
        next_run_at: null,
        last_run_at: null,
      },
    ])
  })

  it('Should tell when it runs next, in UTC', async () => {
    const schedules = schedulesOn('next', scheduled('report'))
    await schedules.reconcile()
    const { next_run_at } = await schedules.get('report')
    const local = new Intl.DateTimeFormat('de', { timeZone: 'Europe/Berlin', timeStyle: 'short' })
    expect(local.format(new Date(next_run_at!))).toBe('03:00')
    expect(Date.parse(next_run_at!)).toBeGreaterThan(Date.now())
  })

  it('Should hand on every option of a schedule', async () => {
    const endAt = '2099-01-01T00:00:00.000Z'
    const options = {
      overlapPolicy: 'buffer_one',
      jitterMs: 5_000,
      startAt: '2026-01-01T00:00:00Z',
      endAt,
    } as const
    await schedulesOn(
      'options',
      workflow('report', { timeoutMs: 60_000, schedule: { ...nightly, ...options } }),
    ).reconcile()
    const { spec, policies, action } = await client.schedule.getHandle('options/report').describe()
    expect(spec).toMatchObject({
      jitter: 5_000,
      timezone: 'Europe/Berlin',
      startAt: new Date(options.startAt),
      endAt: new Date(endAt),
    })
    expect(policies).toMatchObject({ overlap: 'BUFFER_ONE', catchupWindow: 60_000 })
    expect(action).toMatchObject({
      workflowType: 'report',
      taskQueue: 'options',
      workflowExecutionTimeout: 60_000,
    })
  })

  it('Should keep a pause and a resumption over restarts and edits, and follow the file again after the opposite', async () => {
    const on = schedulesOn('pause', scheduled('report'))
    const off = schedulesOn('pause', scheduled('report', { enabled: false }))
    const restarted = async (schedules: typeof on) => {
      await schedules.reconcile()
      return (await schedules.get('report')).enabled
    }
    expect(await restarted(on)).toBe(true)
    expect((await on.setEnabled('report', false)).enabled).toBe(false)
    expect([await restarted(on), await restarted(off), await restarted(on)]).toEqual([false, false, false])
    expect((await on.setEnabled('report', true)).enabled).toBe(true)
    expect([await restarted(on), await restarted(off)]).toEqual([true, false])
    expect((await off.setEnabled('report', true)).enabled).toBe(true)
    expect(await restarted(off)).toBe(true)
  })

  it("Should keep a pause that was made with Temporal's own tools", async () => {
    const schedules = schedulesOn('tools', scheduled('report'))
    await schedules.reconcile()
    await client.schedule.getHandle('tools/report').pause('maintenance')
    await schedules.reconcile()
    expect((await schedules.get('report')).enabled).toBe(false)
  })

  it('Should start a run when triggered, with its input, as one of this project', async () => {
    const report = scheduled('report')
    const schedules = schedulesOn('triggered', report)
    const executions = executionsOn('triggered', report)
    await schedules.reconcile()
    await schedules.trigger('report')
    const { items } = await eventually(
      () => executions.list({ limit: 10 }),
      (page) => page.items.length === 1,
    )
    expect(await executions.describe(items[0]!.exec_id)).toMatchObject({
      workflow_id: 'report',
      status: 'running',
      input: { for: 'everybody' },
    })
    const seen = await eventually(
      () => schedules.get('report'),
      ({ last_run_at }) => last_run_at !== null,
    )
    expect(seen.last_run_at).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/)
  })

  it('Should let the same workflow of two projects run at the same time', async () => {
    const report = scheduled('report')
    const both = ['one', 'two'].map((name) => schedulesOn(name, report))
    await Promise.all(both.map((schedules) => schedules.reconcile()))
    await Promise.all(both.map((schedules) => schedules.trigger('report')))
    for (const name of ['one', 'two'])
      await eventually(
        () => executionsOn(name, report).list({ limit: 10 }),
        ({ items }) => items.length === 1,
      )
    expect(await idsOnServer('one/')).toEqual(['one/report'])
  })

  it('Should survive several processes that start at once', async () => {
    const processes = Array.from({ length: 4 }, () =>
      schedulesOn('many', scheduled('report'), scheduled('cleanup')),
    )
    await Promise.all(processes.map((schedules) => schedules.reconcile()))
    expect(
      await eventually(
        () => idsOnServer('many/'),
        ({ length }) => length === 2,
      ),
    ).toEqual(['many/cleanup', 'many/report'])
    const emptied = Array.from({ length: 4 }, () => schedulesOn('many'))
    await Promise.all(emptied.map((schedules) => schedules.reconcile()))
    await eventually(
      () => idsOnServer('many/'),
      ({ length }) => length === 0,
    )
  })

  it.each(['get', 'trigger', 'setEnabled'] as const)(
    'Should say so on %s of a workflow without a schedule',
    async (method) => {
      const schedules = schedulesOn('unknown', scheduled('report'), workflow('manual'))
      await schedules.reconcile()
      for (const [id, hint] of [
        ['manual', ''],
        ['reprot', '; did you mean "report"?'],
      ] as const)
        await expect(schedules[method](id, true)).rejects.toMatchObject({
          code: 'not_found',
          message: `no workflow "${id}" with a schedule${hint}`,
        })
    },
  )
})
