import { describe, expect, it } from 'vitest'
import type { WorkflowIr } from '../../../definition/workflow-ir.ts'
import { execIdFor, hashOf, memoOf } from './identity.ts'

const start = { workflowId: 'order', trigger: { type: 'api' } } as const

describe('execIdFor', () => {
  it('Should be readable, and another one each time', () => {
    const ids = [execIdFor('shop', start), execIdFor('shop', start)]
    for (const id of ids) expect(id).toMatch(/^order-[0-9a-f]{8}-[0-9a-f-]{27}$/)
    expect(ids[0]).not.toBe(ids[1])
  })

  it('Should be the same for the same key, and tell projects, workflows, keys and events apart', () => {
    const keyed = { ...start, idempotencyKey: 'k' }
    const event = { type: 'signal', name: 'sent' } as const
    expect(execIdFor('shop', keyed)).toBe(execIdFor('shop', { ...keyed }))
    const all = [
      execIdFor('shop', keyed),
      execIdFor('shop', { ...keyed, idempotencyKey: 'l' }),
      execIdFor('bank', keyed),
      execIdFor('shop', { ...keyed, workflowId: 'refund' }),
      execIdFor('shop', { ...keyed, trigger: event }),
      execIdFor('shop', { ...keyed, trigger: { ...event, name: 'lost' } }),
    ]
    expect(new Set(all).size).toBe(all.length)
  })

  it.each(['', "it's", 'a/b?c', 'ключ', 'x'.repeat(10_000)])(
    'Should make an id of any key',
    (key) => {
      expect(execIdFor('shop', { ...start, idempotencyKey: key })).toMatch(/^order-[0-9a-f]{32}$/)
    },
  )
})

describe('hashOf', () => {
  it('Should not see the order of keys, but that of lists and every value', () => {
    const value = { a: 1, b: [1, { c: null, d: 'x' }] }
    expect(hashOf({ b: [1, { d: 'x', c: null }], a: 1 })).toBe(hashOf(value))
    const others = [
      { ...value, a: 2 },
      { ...value, a: '1' },
      { ...value, b: [{ c: null, d: 'x' }, 1] },
      { a: 1 },
      null,
    ]
    expect(new Set([value, ...others].map(hashOf)).size).toBe(others.length + 1)
  })
})

describe('memoOf', () => {
  const definition: WorkflowIr = {
    irVersion: 1,
    id: 'order',
    project: { name: 'shop' },
    env: { SECRETISH: 'in the definition only' },
    maxTasks: 10,
    tasks: [],
  }

  it('Should pin the definition and the input, and the version where there is one', () => {
    const start = { definition, sha256: 'abc', input: { n: 1 }, trigger: { type: 'api' as const } }
    expect(memoOf(start)).toEqual({ definition_sha256: 'abc', input_sha256: hashOf({ n: 1 }) })
    expect(memoOf({ ...start, definition: { ...definition, version: '1.2' } })).toMatchObject({
      workflow_version: '1.2',
    })
  })
})
