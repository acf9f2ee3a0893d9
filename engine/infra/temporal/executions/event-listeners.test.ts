import { describe, expect, it } from 'vitest'
import type { JsonValue } from '../../../core/json.ts'
import { limits } from '../../../core/limits.ts'
import type { Workflow } from '../../../project/project.ts'
import { listenersOf } from './event-listeners.ts'

const violation = { pointer: '/price', message: 'must be a number' }

/**
 * A workflow that listens to events and takes every payload but those that it is told to refuse.
 */
function workflow(id: string, names: readonly string[], refuses?: JsonValue): [string, Workflow] {
  const check = (payload: JsonValue) => (payload === refuses ? [violation] : [])
  const triggers = names.map((name) => ({ type: 'signal' as const, name, check }))
  const definition = {
    irVersion: 1,
    id,
    project: { name: 'shop' },
    env: {},
    maxTasks: 1,
    tasks: [],
  } as const
  const acceptInput = (input: JsonValue): JsonValue => ({ from: input })
  return [id, { id, file: `${id}.yaml`, definition, sha256: '', triggers, acceptInput }]
}

const workflows = new Map([
  workflow('invoice', ['order.paid'], 'free'),
  workflow('audit', ['order.paid', 'order.sent']),
  workflow('manual', []),
])

describe('listenersOf', () => {
  it('Should give every listener with its accepted input, in the order of the files', async () => {
    const found = await listenersOf({ workflows }, 'order.paid', 3)
    expect(found.map(({ workflow: { id }, input }) => [id, input])).toEqual([
      ['invoice', { from: 3 }],
      ['audit', { from: 3 }],
    ])
    expect(await listenersOf({ workflows }, 'order.sent', 3)).toHaveLength(1)
  })

  it('Should refuse a payload that does not fit one of them, naming it and why', async () => {
    await expect(listenersOf({ workflows }, 'order.paid', 'free')).rejects.toThrow(
      expect.objectContaining({
        code: 'input_invalid',
        message: 'the payload does not fit workflow "invoice": /price must be a number',
        violations: [violation],
      }),
    )
    expect(await listenersOf({ workflows }, 'order.sent', 'free')).toHaveLength(1)
  })

  it('Should refuse a payload that one of them has no room for, before any starts', async () => {
    const most = limits.payloadBytes - '{"from":""}'.length
    const fits = 'x'.repeat(most - 1_000)
    expect(await listenersOf({ workflows }, 'order.paid', fits)).toHaveLength(2)
    await expect(listenersOf({ workflows }, 'order.paid', 'x'.repeat(most))).rejects.toThrow(
      expect.objectContaining({
        code: 'payload_too_large',
        message: expect.stringContaining('workflow "invoice" with its definition') as string,
      }),
    )
  })

  it.each([
    ['order.pay', '; did you mean "order.paid"?'],
    ['nothing like it', '; events with a listener: order.paid, order.sent'],
  ])('Should say that nobody listens to %s', async (name, hint) => {
    await expect(listenersOf({ workflows }, name, null)).rejects.toThrow(
      expect.objectContaining({
        code: 'not_found',
        message: `no workflow listens to event "${name}"${hint}`,
      }),
    )
  })
})
