import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { call, closed, execution, startRun, taskReaches } from '../support/api.ts'
import { copyProject, eventually, startCompozy, type Running } from '../support/compozy.ts'
import { scrape, sumOf } from '../support/metrics.ts'

const apple = { items: [{ sku: 'apple', quantity: 3 }] }
const piano = { items: [{ sku: 'piano' }] }

describe('quickstart', () => {
  const project = copyProject('examples/quickstart')
  let engine: Running
  let api: string

  beforeAll(async () => {
    engine = await startCompozy([
      'dev',
      '--cwd',
      project.dir,
      '--port',
      '0',
      '--temporal-port',
      '0',
    ])
    api = engine.ready.api
  })
  afterAll(async () => {
    const code = await engine?.stop()
    project.remove()
    expect(code, engine?.stderr()).toBe(0)
  })

  it('Should export the known workflow at 0 before anything ran', async () => {
    const { samples } = await scrape(engine.ready.metrics!)
    for (const name of ['started_total', 'completed_total', 'failed_total']) {
      const family = samples.filter((sample) => sample.name === `compozy_temporal_workflow_${name}`)
      expect(family).toEqual([
        { name: `compozy_temporal_workflow_${name}`, labels: { workflow_type: 'order' }, value: 0 },
      ])
    }
    expect(sumOf(samples, 'compozy_temporal_workers_running_total')).toBe(1)
    expect(sumOf(samples, 'compozy_temporal_workers_configured_total')).toBe(1)
  })

  it('Should take a small order to its receipt', async () => {
    const done = await closed(api, await startRun(api, 'order', apple))
    expect(done).toMatchObject({
      status: 'completed',
      workflow_id: 'order',
      input: { customer: 'someone', card: 'ok' },
      output: { status: 'paid', total: 1.5, attempts: 1 },
      error: null,
    })
    expect(done.tasks).toMatchObject({
      price: { status: 'completed' },
      pay: { status: 'completed', attempts: 1 },
    })
  })

  it('Should try a shaky card again and say how often', async () => {
    const done = await closed(api, await startRun(api, 'order', { ...apple, card: 'flaky' }))
    expect(done).toMatchObject({ status: 'completed', output: { status: 'paid', attempts: 3 } })
  })

  it('Should fail a declined card at once, with the error of the tool itself', async () => {
    const done = await closed(api, await startRun(api, 'order', { ...apple, card: 'declined' }))
    expect(done).toMatchObject({
      status: 'failed',
      output: null,
      error: {
        type: 'ToolError:CardDeclined',
        message: 'the bank declined the card',
        task: 'pay',
        attempts: 1,
      },
    })
  })

  it('Should route an order that the shelf cannot fill to its own end', async () => {
    const done = await closed(
      api,
      await startRun(api, 'order', { items: [{ sku: 'melon', quantity: 21 }] }),
    )
    expect(done).toMatchObject({
      status: 'completed',
      output: { status: 'sold out', missing: ['melon'] },
    })
  })

  it('Should wait for an approval, ignore a refusal, and go on when approved', async () => {
    const id = await startRun(api, 'order', piano)
    await taskReaches(api, id, 'approval', 'running')
    const signals = `/api/v0/executions/workflows/${id}/signals/approve`
    expect((await call(api, 'POST', signals, { approved: false })).status).toBe(202)
    expect((await call(api, 'POST', signals, { approved: true })).status).toBe(202)
    expect(await closed(api, id)).toMatchObject({
      status: 'completed',
      output: { status: 'paid', total: 4_999 },
    })
    expect(await call(api, 'POST', signals, { approved: true })).toMatchObject({
      status: 409,
      body: { code: 'conflict' },
    })
  })

  it('Should take the way of the time-out where nobody approves', async () => {
    const done = await closed(api, await startRun(api, 'order', { ...piano, hurry: true }))
    expect(done).toMatchObject({ status: 'completed', output: { status: 'expired' } })
    expect(done.tasks).toMatchObject({ 'quick-approval': { status: 'timed_out' } })
  })

  it('Should cancel a waiting run, and refuse to do it twice', async () => {
    const id = await startRun(api, 'order', piano)
    await taskReaches(api, id, 'approval', 'running')
    expect((await call(api, 'POST', `/api/v0/executions/workflows/${id}/cancel`)).status).toBe(202)
    expect(await closed(api, id)).toMatchObject({ status: 'canceled', output: null })
    expect((await call(api, 'POST', `/api/v0/executions/workflows/${id}/cancel`)).status).toBe(409)
  })

  it('Should terminate a waiting run, whose view and records say what it cut off', async () => {
    const id = await startRun(api, 'order', piano)
    await taskReaches(api, id, 'approval', 'running')
    expect((await call(api, 'POST', `/api/v0/executions/workflows/${id}/terminate`)).status).toBe(
      202,
    )
    const { closed_at } = await closed(api, id)
    const cutOff = { status: 'canceled', ended_at: closed_at }
    await eventually(
      () => execution(api, id),
      ({ tasks }) => tasks !== null,
    )
    const { status, tasks } = await execution(api, id)
    expect([status, tasks]).toMatchObject(['terminated', { approval: cutOff }])
    const path = `/api/v0/executions/workflows/${id}/tasks?task=approval`
    expect((await call(api, 'GET', path)).body).toMatchObject({ items: [cutOff] })
  })

  it('Should refuse input that does not fit, with every violation and its place', async () => {
    const { status, type, body } = await call(api, 'POST', '/api/v0/workflows/order/executions', {
      input: { items: [{ quantity: 0 }], colour: 'red' },
    })
    expect([status, type]).toEqual([400, expect.stringContaining('application/problem+json')])
    expect(body['code']).toBe('input_invalid')
    expect((body['violations'] as { pointer: string }[]).map(({ pointer }) => pointer)).toEqual(
      expect.arrayContaining(['/items/0/sku', '/items/0/quantity', '/colour']),
    )
  })

  it.each([
    ['/api/v0/workflows/ordr', 'ordr'],
    ['/api/v0/executions/workflows/order-nobody', 'order-nobody'],
  ])('Should answer 404 for %s and name it', async (path, name) => {
    const { status, body } = await call(api, 'GET', path)
    expect([status, body['code']]).toEqual([404, 'not_found'])
    expect(body['detail']).toContain(name)
  })

  it('Should start one run for one idempotency key, and refuse the key with another input', async () => {
    const headers = { 'idempotency-key': 'order-17' }
    const start = (input: typeof apple) =>
      call(api, 'POST', '/api/v0/workflows/order/executions', { input }, headers)
    const [first, again, other] = [
      await start(apple),
      await start(apple),
      await start({ items: [{ sku: 'pear', quantity: 1 }] }),
    ]
    expect(again.body['exec_id']).toBe(first.body['exec_id'])
    expect([first.status, again.status, other.status]).toEqual([202, 202, 409])
  })

  it('Should have counted every run once, by the name of the workflow', async () => {
    const list = await eventually(
      () => call(api, 'GET', '/api/v0/executions/workflows?limit=100'),
      ({ body }) =>
        (body['items'] as { status: string }[]).every(({ status }) => status !== 'running'),
    )
    const items = list.body['items'] as { status: string }[]
    const count = (status: string) => items.filter((item) => item.status === status).length
    await eventually(
      async () => {
        const { samples } = await scrape(engine.ready.metrics!)
        const value = (name: string) =>
          sumOf(samples, `compozy_temporal_workflow_${name}_total`, { workflow_type: 'order' })
        return [value('started'), value('completed'), value('failed')]
      },
      (counted) =>
        JSON.stringify(counted) ===
        JSON.stringify([items.length, count('completed'), count('failed')]),
    )
    expect([
      count('completed') > 4,
      count('failed'),
      count('canceled'),
      count('terminated'),
    ]).toEqual([true, 1, 1, 1])
  })

  it('Should show an open run with its live tasks', async () => {
    const id = await startRun(api, 'order', piano)
    const open = await taskReaches(api, id, 'approval', 'running')
    expect(open).toMatchObject({
      status: 'running',
      output: null,
      closed_at: null,
      tasks: { price: { status: 'completed' } },
    })
    await call(api, 'POST', `/api/v0/executions/workflows/${id}/terminate`)
    expect((await execution(api, id)).exec_id).toBe(id)
  })
})
