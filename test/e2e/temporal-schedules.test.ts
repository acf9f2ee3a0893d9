import { msToTs, tsToMs } from '@temporalio/common/lib/time.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTriggerSchedule } from '../../engine/infra/temporal/schedules/trigger-schedule.ts'
import type { Schedule } from '../../engine/project/project.ts'
import { eventually } from '../support/compozy.ts'
import { namespace, startTemporal, workflow, type TemporalFixture } from './fixtures/temporal.ts'

let temporal: TemporalFixture
beforeAll(async () => {
  temporal = await startTemporal()
})
afterAll(() => temporal.stop())

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

  async function idsOnServer(prefix: string): Promise<string[]> {
    const ids: string[] = []
    for await (const { scheduleId } of temporal.client.schedule.list())
      if (scheduleId.startsWith(prefix)) ids.push(scheduleId)
    return ids.toSorted()
  }

  it('Should create, change and remove schedules to match the files, and only its own', async () => {
    await temporal
      .schedulesOn('a', scheduled('report'), scheduled('cleanup'), workflow('manual'))
      .reconcile()
    // A task queue may look like a schedule of another.
    await temporal.schedulesOn('a/b', scheduled('report')).reconcile()
    await temporal.schedulesOn('ab', scheduled('report')).reconcile()
    await eventually(
      () => idsOnServer('a'),
      ({ length }) => length === 4,
    )

    const changed = temporal.schedulesOn(
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
        error: null,
      },
    ])
  })

  it('Should tell when it runs next, in UTC', async () => {
    const schedules = temporal.schedulesOn('next', scheduled('report'))
    await schedules.reconcile()
    const { next_run_at } = await schedules.get('report')
    const local = new Intl.DateTimeFormat('de', { timeZone: 'Europe/Berlin', timeStyle: 'short' })
    expect(local.format(new Date(next_run_at!))).toBe('03:00')
    expect(Date.parse(next_run_at!)).toBeGreaterThan(Date.now())
  })

  /** Times at which a schedule runs, as Temporal tells them for any range. */
  async function matchingTimes(id: string, from: string, to: string): Promise<string[]> {
    const { startTime } = await temporal.client.workflowService.listScheduleMatchingTimes({
      namespace,
      scheduleId: id,
      startTime: msToTs(Date.parse(from)),
      endTime: msToTs(Date.parse(to)),
    })
    return startTime.map((time) => new Date(tsToMs(time)).toISOString())
  }

  it.each<[string, string, string, string, string, string[]]>([
    // 02:00 becomes 03:00 on 29 March: no 02:30 that day.
    [
      'skips an hour',
      'Europe/Berlin',
      '30 2 * * *',
      '2026-03-28',
      '2026-03-31',
      ['2026-03-28T01:30:00.000Z', '2026-03-30T00:30:00.000Z'],
    ],
    [
      'keeps another hour',
      'Europe/Berlin',
      '30 3 * * *',
      '2026-03-28',
      '2026-03-31',
      ['2026-03-28T02:30:00.000Z', '2026-03-29T01:30:00.000Z', '2026-03-30T01:30:00.000Z'],
    ],
    [
      'skips an hour, each hour',
      'Europe/Berlin',
      '30 * * * *',
      '2026-03-29',
      '2026-03-29T03:00:00Z',
      ['2026-03-29T00:30:00.000Z', '2026-03-29T01:30:00.000Z', '2026-03-29T02:30:00.000Z'],
    ],
    // 02:00 becomes 01:00 on 1 November: 01:30 twice that day.
    [
      'repeats an hour',
      'America/New_York',
      '30 1 * * *',
      '2026-10-31',
      '2026-11-02T00:00:00Z',
      ['2026-10-31T05:30:00.000Z', '2026-11-01T05:30:00.000Z', '2026-11-01T06:30:00.000Z'],
    ],
    [
      'repeats an hour, each hour',
      'America/New_York',
      '30 * * * *',
      '2026-11-01T05:00:00Z',
      '2026-11-01T08:00:00Z',
      ['2026-11-01T05:30:00.000Z', '2026-11-01T06:30:00.000Z', '2026-11-01T07:30:00.000Z'],
    ],
    // 02:00 becomes 02:30 on 4 October: 02:15 becomes 02:45.
    [
      'skips half an hour',
      'Australia/Lord_Howe',
      '15 2 * * *',
      '2026-10-02T12:00:00Z',
      '2026-10-05T12:00:00Z',
      ['2026-10-02T15:45:00.000Z', '2026-10-03T15:45:00.000Z', '2026-10-04T15:15:00.000Z'],
    ],
    // 02:00 becomes 01:30 on 5 April: the second 01:45.
    [
      'repeats half an hour',
      'Australia/Lord_Howe',
      '45 1 * * *',
      '2026-04-03T12:00:00Z',
      '2026-04-06T12:00:00Z',
      ['2026-04-03T14:45:00.000Z', '2026-04-04T15:15:00.000Z', '2026-04-05T15:15:00.000Z'],
    ],
    [
      'never changes',
      'UTC',
      '30 2 * * *',
      '2026-03-28',
      '2026-03-31',
      ['2026-03-28T02:30:00.000Z', '2026-03-29T02:30:00.000Z', '2026-03-30T02:30:00.000Z'],
    ],
  ])(
    'Should run as documented where the clock of a zone %s: %s',
    async (_, timezone, cron, from, to, expected) => {
      const id = `${timezone} ${cron}`.replaceAll(/\W+/g, '-')
      await temporal.schedulesOn('clocks', scheduled(id, { timezone, cron })).reconcile()
      expect(await matchingTimes(`clocks/${id}`, from, to)).toEqual(expected)
    },
  )

  it('Should hand on every option of a schedule', async () => {
    const endAt = '2099-01-01T00:00:00.000Z'
    const options = {
      overlapPolicy: 'buffer_one',
      jitterMs: 5_000,
      startAt: '2026-01-01T00:00:00Z',
      endAt,
    } as const
    await temporal
      .schedulesOn(
        'options',
        workflow('report', { timeoutMs: 60_000, schedule: { ...nightly, ...options } }),
      )
      .reconcile()
    const { spec, policies, action } = await temporal.client.schedule
      .getHandle('options/report')
      .describe()
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
    const on = temporal.schedulesOn('pause', scheduled('report'))
    const off = temporal.schedulesOn('pause', scheduled('report', { enabled: false }))
    const restarted = async (schedules: typeof on) => {
      await schedules.reconcile()
      return (await schedules.get('report')).enabled
    }
    expect(await restarted(on)).toBe(true)
    expect((await on.setEnabled('report', false)).enabled).toBe(false)
    expect([await restarted(on), await restarted(off), await restarted(on)]).toEqual([
      false,
      false,
      false,
    ])
    expect((await on.setEnabled('report', true)).enabled).toBe(true)
    expect([await restarted(on), await restarted(off)]).toEqual([true, false])
    expect((await off.setEnabled('report', true)).enabled).toBe(true)
    expect(await restarted(off)).toBe(true)
  })

  it("Should keep a pause that was made with Temporal's own tools", async () => {
    const schedules = temporal.schedulesOn('tools', scheduled('report'))
    await schedules.reconcile()
    await temporal.client.schedule.getHandle('tools/report').pause('maintenance')
    await schedules.reconcile()
    expect((await schedules.get('report')).enabled).toBe(false)
  })

  it('Should start a run when triggered, with its input, as one of this project', async () => {
    const report = scheduled('report')
    const schedules = temporal.schedulesOn('triggered', report)
    const executions = temporal.executionsOn('triggered', report)
    await schedules.reconcile()
    const { workflow_id, exec_id } = await schedules.trigger('report')
    expect(workflow_id).toBe('report')
    const again = await schedules.trigger('report')
    const { items } = await eventually(
      () => executions.list({ limit: 10 }),
      (page) => page.items.length === 2,
    )
    // Triggers within one second start runs of their own.
    expect(new Set(items.map((item) => item.exec_id))).toEqual(new Set([exec_id, again.exec_id]))
    expect(await executions.describe(exec_id!)).toMatchObject({
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

  it('Should start a run for each of several triggers at once, and pause at the same time', async () => {
    const report = scheduled('report')
    const schedules = temporal.schedulesOn('crowd', report)
    const executions = temporal.executionsOn('crowd', report)
    await schedules.reconcile()
    const [paused, ...triggered] = await Promise.all([
      schedules.setEnabled('report', false),
      ...Array.from({ length: 8 }, () => schedules.trigger('report')),
    ])
    expect(paused.enabled).toBe(false)
    expect((await schedules.get('report')).enabled).toBe(false)
    const ids = triggered.map(({ exec_id }) => exec_id!)
    expect(new Set(ids).size).toBe(8)
    for (const id of ids) expect(await executions.describe(id)).toMatchObject({ exec_id: id })
    const { items } = await eventually(
      () => executions.list({ limit: 20 }),
      (page) => page.items.length === 8,
    )
    expect(items.map((item) => item.exec_id).toSorted()).toEqual(ids.toSorted())
  })

  it('Should never answer the triggers of two processes with the same run', async () => {
    const report = scheduled('report')
    const schedules = temporal.schedulesOn('processes', report)
    const executions = temporal.executionsOn('processes', report)
    await schedules.reconcile()
    const { exec_id } = await schedules.trigger('report')
    const request = {
      scheduleId: 'processes/report',
      scheduledId: exec_id!.slice(0, -'-2026-01-01T00:00:00Z'.length),
    }
    const processes = [1, 2].map((ms) => createTriggerSchedule(temporal.client, () => ms))
    for (let round = 0; round < 5; round++) {
      const triggered = await Promise.all(processes.map((trigger) => trigger(request)))
      // Temporal may drop one of two whose seconds differ.
      const ids = triggered.filter((id) => id !== null)
      expect(ids.length).toBeGreaterThan(0)
      expect(new Set(ids).size).toBe(ids.length)
      for (const id of ids) expect((await executions.describe(id)).status).toBe('running')
    }
  })

  it('Should let the same workflow of two projects run at the same time', async () => {
    const report = scheduled('report')
    const both = ['one', 'two'].map((name) => temporal.schedulesOn(name, report))
    await Promise.all(both.map((schedules) => schedules.reconcile()))
    await Promise.all(both.map((schedules) => schedules.trigger('report')))
    for (const name of ['one', 'two'])
      await eventually(
        () => temporal.executionsOn(name, report).list({ limit: 10 }),
        ({ items }) => items.length === 1,
      )
    expect(await idsOnServer('one/')).toEqual(['one/report'])
  })

  it('Should survive several processes that start at once', async () => {
    const processes = Array.from({ length: 4 }, () =>
      temporal.schedulesOn('many', scheduled('report'), scheduled('cleanup')),
    )
    await Promise.all(processes.map((schedules) => schedules.reconcile()))
    expect(
      await eventually(
        () => idsOnServer('many/'),
        ({ length }) => length === 2,
      ),
    ).toEqual(['many/cleanup', 'many/report'])
    const emptied = Array.from({ length: 4 }, () => temporal.schedulesOn('many'))
    await Promise.all(emptied.map((schedules) => schedules.reconcile()))
    await eventually(
      () => idsOnServer('many/'),
      ({ length }) => length === 0,
    )
  })

  it('Should apply every other schedule when Temporal refuses one, and remove what is gone', async () => {
    await temporal.schedulesOn('refusing', scheduled('gone')).reconcile()
    await eventually(
      () => idsOnServer('refusing/'),
      ({ length }) => length === 1,
    )
    // Only a server without this zone gets here: the loader writes names as Temporal takes them.
    const broken = scheduled('broken', { timezone: 'Mars/Olympus_Mons' })
    const schedules = temporal.schedulesOn('refusing', broken, scheduled('fine'))
    const failures = await schedules.reconcile()
    expect(failures.map(({ workflow_id, error }) => [workflow_id, error.code])).toEqual([
      ['broken', 'temporal_failed'],
    ])
    expect(
      await eventually(
        () => idsOnServer('refusing/'),
        (ids) => ids.includes('refusing/fine') && !ids.includes('refusing/gone'),
      ),
    ).toEqual(['refusing/fine'])
    const listed = await schedules.list()
    expect(listed.map(({ workflow_id, enabled, error }) => [workflow_id, enabled, error])).toEqual([
      ['broken', false, expect.stringContaining('Mars/Olympus_Mons')],
      ['fine', true, null],
    ])
    const mended = temporal.schedulesOn('refusing', scheduled('broken'), scheduled('fine'))
    expect(await mended.reconcile()).toEqual([])
  })

  it.each(['UTC', 'Europe/Lisbon', 'Asia/Kolkata', 'US/Pacific', 'America/Los_Angeles'])(
    'Should take the time zone %s as the loader writes it',
    async (timezone) => {
      const schedules = temporal.schedulesOn('zones', scheduled('report', { timezone }))
      expect(await schedules.reconcile()).toEqual([])
    },
  )

  it('Should list the others where one was removed by hand, and make it again at the next start', async () => {
    const schedules = temporal.schedulesOn('removed', scheduled('report'), scheduled('cleanup'))
    const listed = async () => (await schedules.list()).map(({ workflow_id }) => workflow_id)
    await schedules.reconcile()
    await temporal.client.schedule.getHandle('removed/cleanup').delete()
    expect(await listed()).toEqual(['report'])
    for (const touch of [() => schedules.get('cleanup'), () => schedules.trigger('cleanup')])
      await expect(touch()).rejects.toMatchObject({
        code: 'not_found',
        message: 'no schedule of workflow "cleanup"',
      })
    await schedules.reconcile()
    expect(await listed()).toEqual(['report', 'cleanup'])
  })

  it.each(['get', 'trigger', 'setEnabled'] as const)(
    'Should say so on %s of a workflow without a schedule',
    async (method) => {
      const schedules = temporal.schedulesOn('unknown', scheduled('report'), workflow('manual'))
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
