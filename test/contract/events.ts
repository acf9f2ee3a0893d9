import { expect, it } from 'vitest'
import type { Executions } from '../../engine/executions.ts'
import { newKey, refusal } from './requests.ts'

/** The part of the executions contract about events that start runs. */
export function describeEvents(executions: () => Executions): void {
  it('Should start every listener of an event, once for each key', async () => {
    const event = { name: 'parcel.sent', payload: { price: 3 }, idempotencyKey: newKey() }
    const first = await executions().publish(event)
    expect(first.map(({ workflow_id }) => workflow_id)).toEqual(['courier', 'invoice'])
    expect(await executions().describe(first[1]!.exec_id)).toMatchObject({ input: { price: 3 } })
    expect(await executions().publish(event)).toEqual(first)
    const second = await executions().publish({ ...event, idempotencyKey: newKey() })
    expect(new Set([...first, ...second].map(({ exec_id }) => exec_id)).size).toBe(4)
  })

  it('Should refuse a key with another payload, unless the key alone decides', async () => {
    const event = { name: 'parcel.sent', payload: { price: 5 }, idempotencyKey: newKey() }
    const first = await executions().publish(event)
    const changed = { ...event, payload: { price: 6 } }
    expect(await refusal(executions().publish(changed))).toMatchObject({ code: 'conflict' })
    expect(await executions().publish({ ...changed, keyDecides: true })).toEqual(first)
    expect(await executions().describe(first[1]!.exec_id)).toMatchObject({ input: { price: 5 } })
    const other = { ...changed, idempotencyKey: newKey(), keyDecides: true }
    const [, invoice] = await executions().publish(other)
    expect(invoice!.exec_id).not.toBe(first[1]!.exec_id)
    expect(await executions().describe(invoice!.exec_id)).toMatchObject({ input: { price: 6 } })
  })

  it('Should start no listener where the payload does not fit one of them', async () => {
    const idempotencyKey = newKey()
    const refused = executions().publish({
      name: 'parcel.sent',
      payload: { price: 'much' },
      idempotencyKey,
    })
    expect(await refusal(refused)).toMatchObject({
      code: 'input_invalid',
      message: expect.stringContaining('"invoice"'),
      pointers: [expect.stringContaining('price')],
    })
    // Had the other listener been started, its key would now be taken by another input.
    const event = { name: 'parcel.sent', payload: { price: 4 }, idempotencyKey }
    expect(await executions().publish(event)).toHaveLength(2)
  })

  it('Should name the nearest event where nobody listens', async () => {
    expect(
      await refusal(executions().publish({ name: 'parcel.send', payload: null })),
    ).toMatchObject({
      code: 'not_found',
      message: 'no workflow listens to event "parcel.send"; did you mean "parcel.sent"?',
    })
  })
}
