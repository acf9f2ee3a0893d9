import { describe, expect, it } from 'vitest'
import { families, type Family } from '../catalogue.ts'
import { createRegistry, hrTime, prefixedName } from './registry.ts'

describe('createRegistry', () => {
  it('Should give the same slot for the same labels and another for others', () => {
    const started = createRegistry().instrument(families.workflowStarted)
    expect(started({ workflow_type: 'a' })).toBe(started({ workflow_type: 'a' }))
    expect(started({ workflow_type: 'a' })).not.toBe(started({ workflow_type: 'b' }))
  })

  it('Should keep 10,000 hostile values within its bound, with the sum right', () => {
    const registry = createRegistry({ seriesLimit: 100 })
    const requests = registry.instrument(families.httpRequests)
    for (let i = 0; i < 10_000; i++)
      requests({ method: 'GET', path: `/${i}`, status_code: '200' }).add(1)
    const [collected] = registry.collect().collected
    const values = collected!.series.map(({ slot }) => ('value' in slot ? slot.value : 0))
    expect(values.length).toBeLessThanOrEqual(101)
    expect(values.reduce((sum, value) => sum + value, 0)).toBe(10_000)
  })

  it('Should tell of each label set that falls to other, and of none before', () => {
    const dropped: string[] = []
    const registry = createRegistry({
      seriesLimit: 2,
      onDropped: (family) => void dropped.push(family),
    })
    const requests = registry.instrument(families.httpRequests)
    for (const path of ['/a', '/b', '/a']) requests({ method: 'GET', path, status_code: '200' })
    expect(dropped).toEqual([])
    requests({ method: 'GET', path: '/c', status_code: '200' })
    expect(dropped).toEqual(['compozy_http_requests_total'])
  })

  it('Should take limits and buckets of single families, and leave others as they are', () => {
    const registry = createRegistry({
      seriesLimits: { compozy_http_requests_total: 1 },
      buckets: { compozy_http_request_duration_seconds: [1, 2] },
    })
    const requests = registry.instrument(families.httpRequests)
    for (const path of ['/a', '/b', '/c']) requests({ method: 'GET', path, status_code: '200' })
    const duration = registry.instrument(families.httpDuration)
    expect(duration({ method: 'GET', path: '/a' }).bounds).toEqual([1, 2])
    expect(duration({ method: 'GET', path: '/b' })).not.toBe(
      duration({ method: 'GET', path: '/c' }),
    )
    expect(registry.collect().collected[0]!.series).toHaveLength(2)
    expect(
      createRegistry().instrument(families.httpDuration)({ method: 'GET', path: '/a' }).bounds,
    ).toHaveLength(11)
  })

  it('Should never fold values that are held against the project before, however many', () => {
    const registry = createRegistry({ seriesLimit: 10 })
    const started = registry.instrument(families.workflowStarted)
    for (let i = 0; i < 100; i++) started({ workflow_type: `w${i}` })
    expect(registry.collect().collected[0]!.series).toHaveLength(100)
  })

  it('Should not export a family that is switched off, and let it be recorded to', () => {
    const registry = createRegistry({ without: new Set([families.workflowStarted.name]) })
    expect(() =>
      registry.instrument(families.workflowStarted)({ workflow_type: 'a' }).add(1),
    ).not.toThrow()
    expect(registry.collect().collected).toEqual([])
  })

  it('Should give every family that can be read, and name the one that can not', () => {
    const registry = createRegistry()
    const error = new Error('no clock')
    registry.observe(families.uptime, () => {
      throw error
    })
    registry.instrument(families.httpInFlight)({})
    const { collected, errors } = registry.collect()
    expect(collected.map(({ family }) => family.name)).toEqual(['compozy_http_requests_in_flight'])
    expect(errors).toEqual([{ collector: 'compozy_uptime_seconds_total', error }])
  })

  it('Should refuse a family that is declared twice', () => {
    const registry = createRegistry()
    registry.instrument(families.workflowStarted)
    expect(() => registry.instrument(families.workflowStarted)).toThrow(/declared twice/)
  })

  it('Should find a clash of names in either format, and none between different names', () => {
    const registry = createRegistry()
    const declare = (name: string, kind: Family['kind']): Family => ({
      name,
      kind,
      help: 'Test.',
      labels: {},
      example: '',
      stability: 'stable',
    })
    registry.instrument(declare('acme_total_jobs_total', 'counter'))
    expect(registry.has({ name: 'acme_total_jobs', kind: 'gauge' })).toBe(true)
    expect(registry.has({ name: 'acme_total_jobs_total', kind: 'counter' })).toBe(true)
    expect(registry.has({ name: 'acme_total_jobs_total', kind: 'gauge' })).toBe(true)
    expect(registry.has({ name: 'acme_total_jobs_created', kind: 'gauge' })).toBe(true)
    // Only the last _total of a counter is left out.
    expect(registry.has({ name: 'acme_jobs_total', kind: 'gauge' })).toBe(false)
    expect(registry.has({ name: 'acme_total_jobs_count', kind: 'gauge' })).toBe(false)
  })

  it('Should name the families that a scrape reads, without those that are switched off', () => {
    const registry = createRegistry({ without: new Set([families.httpOldestRequestAge.name]) })
    registry.instrument(families.httpInFlight)({})
    registry.observe(families.uptime, () => [{ labels: {}, value: 3 }])
    registry.observe(families.httpOldestRequestAge, () => [{ labels: {}, value: 5 }])
    expect(registry.observed()).toEqual(['compozy_uptime_seconds_total'])
    expect(registry.collect().collected.map(({ family }) => family.name)).toEqual([
      'compozy_http_requests_in_flight',
      'compozy_uptime_seconds_total',
    ])
  })

  it('Should replace the prefix of its own names, and leave the name of another as it is', () => {
    expect(prefixedName({ name: 'compozy_build_info' }, 'shop')).toBe('shop_build_info')
    expect(prefixedName({ name: 'acme_compozy_jobs' }, 'shop')).toBe('acme_compozy_jobs')
    expect(prefixedName({ name: 'compozy_build_info' })).toBe('compozy_build_info')
  })

  it('Should tell when a series began, to the millisecond', () => {
    const registry = createRegistry({ now: () => 1_700_000_000_250 })
    registry.instrument(families.httpInFlight)({})
    expect(registry.collect().collected[0]!.series[0]!.startTime).toEqual([
      1_700_000_000, 250_000_000,
    ])
    expect(hrTime(1_999)).toEqual([1, 999_000_000])
  })

  it('Should not compile with a label that is missing, misspelled or outside its set', () => {
    const requests = createRegistry().instrument(families.httpRequests)
    // @ts-expect-error status_code is missing
    requests({ method: 'GET', path: '/' })
    // @ts-expect-error statusCode is not a label
    requests({ method: 'GET', path: '/', statusCode: '200' })
    // @ts-expect-error BREW is not a method
    expect(requests({ method: 'BREW', path: '/', status_code: '418' })).toBeDefined()
  })
})
