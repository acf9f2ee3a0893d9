import { describe, expect, it } from 'vitest'
import { problem, serve } from '../testing/client.ts'

describe('events', () => {
  it('Should start a run of every listener, once for each key', async () => {
    const { call } = await serve()
    const send = () =>
      call(
        'POST',
        '/events',
        { name: 'parcel.sent', payload: { price: 2 } },
        { 'idempotency-key': 'k' },
      )
    const first = await send()
    expect(first).toMatchObject({
      status: 202,
      body: { executions: [{ workflow_id: 'courier' }, { workflow_id: 'invoice' }] },
    })
    expect((await send()).body).toEqual(first.body)
  })

  it('Should refuse another payload with the same key, and take it with another one', async () => {
    const { call } = await serve()
    const send = (price: number, key: string) =>
      call(
        'POST',
        '/events',
        { name: 'parcel.sent', payload: { price } },
        { 'idempotency-key': key },
      )
    await send(1, 'k')
    expect(await send(2, 'k')).toMatchObject(problem(409, 'conflict'))
    expect((await send(2, 'other')).status).toBe(202)
  })

  it.each([
    [{ name: 'parcel.sent', payload: { price: 'much' } }, 400, 'input_invalid'],
    [{ name: 'parcel.sent' }, 400, 'input_invalid'],
    [{ name: 'parcel.lost' }, 404, 'not_found'],
    [{ payload: {} }, 400, 'input_invalid'],
    [{ name: 'parcel.sent', colour: 'red' }, 400, 'input_invalid'],
    [undefined, 400, 'input_invalid'],
  ])('Should refuse the event %j and start nothing', async (event, status, code) => {
    const { call, executions } = await serve()
    expect(await call('POST', '/events', event)).toMatchObject(problem(status, code))
    expect((await executions.list({ limit: 1 })).items).toEqual([])
  })
})
