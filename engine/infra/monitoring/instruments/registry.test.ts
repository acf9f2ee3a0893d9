import { describe, expect, it } from 'vitest'
import { families } from '../catalogue.ts'
import { createRegistry } from './registry.ts'

describe('createRegistry', () => {
  it('Should give the same slot for the same labels and another for others', () => {
    const started = createRegistry().instrument(families.workflowStarted)
    expect(started({ workflow_type: 'a' })).toBe(started({ workflow_type: 'a' }))
    expect(started({ workflow_type: 'a' })).not.toBe(started({ workflow_type: 'b' }))
  })

  it('Should keep 10,000 hostile values within its bound, with the sum right', () => {
    const registry = createRegistry({ seriesLimit: 100 })
    const requests = registry.instrument(families.httpRequests)
    for (let i = 0; i < 10_000; i++) requests({ method: 'GET', path: `/${i}`, status_code: '200' }).add(1)
    const [collected] = registry.collect().collected
    const values = collected!.series.map(({ slot }) => ('value' in slot ? slot.value : 0))
    expect(values.length).toBeLessThanOrEqual(101)
    expect(values.reduce((sum, value) => sum + value, 0)).toBe(10_000)
  })

  it('Should refuse a family that is declared twice', () => {
    const registry = createRegistry()
    registry.instrument(families.workflowStarted)
    expect(() => registry.instrument(families.workflowStarted)).toThrow(/declared twice/)
  })

  it('Should not compile with a label that is missing, misspelt or outside its set', () => {
    const requests = createRegistry().instrument(families.httpRequests)
    // @ts-expect-error status_code is missing
    requests({ method: 'GET', path: '/' })
    // @ts-expect-error statusCode is not a label
    requests({ method: 'GET', path: '/', statusCode: '200' })
    // @ts-expect-error BREW is not a method
    expect(requests({ method: 'BREW', path: '/', status_code: '418' })).toBeDefined()
  })
})
