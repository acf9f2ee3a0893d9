import { describe, expect, it } from 'vitest'
import type { JsonValue } from '../../core/json.ts'
import { families } from './catalogue.ts'
import { monitoringSettings } from './config.ts'

const { path, listen, buckets, families: overrides, reconcileInterval } = monitoringSettings
const duration = families.httpDuration.name
const requests = families.httpRequests.name

describe('the path of the metrics', () => {
  it.each([
    '/metrics',
    '/internal/metrics',
    '/A-z0.9_~',
    '/apis',
    '/docsy/x',
    '/pages',
    '/.well/...',
  ])('Should be allowed: %s', (text) => expect(path.read(text)).toBe(text))

  it.each([
    'metrics',
    '/',
    '/metrics/',
    '//metrics',
    '/a b',
    '/metrics?a=1',
    'x/metrics',
    '/metrics\n',
    '/api',
    '/api/metrics',
    '/docs',
    '/docs/metrics',
    '/openapi.json',
    '/healthz',
    '/readyz',
    '/page',
    '/page/metrics',
    '/debug/pprof/heap',
    '/../healthz',
    '/metrics/..',
    '/./metrics',
    '/.',
    '',
  ])('Should be refused, or is another route: %j', (text) => {
    expect(path.read(text)).toBeUndefined()
  })
})

describe('the address of the metrics', () => {
  it.each(['127.0.0.1:9464', 'localhost:0', '[::1]:9464', 'a.b-c:65535', '0.0.0.0:00080'])(
    'Should be allowed: %s',
    (text) => expect(listen.read(text)).toBe(text),
  )

  it.each([
    '127.0.0.1',
    ':9464',
    'localhost:65536',
    'localhost:999999',
    'localhost:',
    'localhost:94x',
    '::1:9464',
    '[::1]',
    '[]:1',
    '[a b]:1',
    'http://localhost:1',
    'user@localhost:1',
    'a b:1',
    'localhost:1/x',
    ' localhost:1',
  ])('Should be refused: %j', (text) => {
    expect(listen.read(text)).toBeUndefined()
  })
})

describe('buckets of single histograms', () => {
  const bounds = (count: number) => Array.from({ length: count }, (_, at) => at + 1)

  it.each<[string, JsonValue]>([
    ['one bound', { [duration]: [0.5] }],
    ['a hundred', { [duration]: bounds(100) }],
    ['none', {}],
  ])('Should be read: %s', (_, value) => {
    expect(buckets.read(value)).toEqual(value)
    expect(buckets.read(JSON.stringify(value))).toEqual(value)
    expect(buckets.explain!(value)).toBeUndefined()
  })

  it.each<[JsonValue, string]>([
    [{ [duration]: [] }, `${duration}: give 1 to 100 bounds`],
    [{ [duration]: bounds(101) }, `${duration}: give 1 to 100 bounds`],
    [{ [duration]: 5 }, `${duration}: give 1 to 100 bounds`],
    [{ [duration]: [1, 1] }, `${duration}: bounds must be finite and rise strictly`],
    [{ [duration]: [1, 'x'] }, `${duration}: bounds must be finite and rise strictly`],
    [{ [requests]: [1] }, `${requests}: it is a counter`],
    [{ nope: [1] }, 'unknown family nope; compozy metrics list shows all'],
    [{ [duration]: [1], nope: [1] }, 'unknown family nope; compozy metrics list shows all'],
    [
      { compozy_http_request_duration_second: [1] },
      `unknown family compozy_http_request_duration_second; did you mean "${duration}"?`,
    ],
    [[1], 'it is not a mapping'],
    [null, 'it is not a mapping'],
    [5, 'it is not a mapping'],
    ['{', 'it is not a mapping'],
    ['[1]', 'it is not a mapping'],
  ])('Should be refused with the reason: %j', (value, wrong) => {
    expect(buckets.read(value)).toBeUndefined()
    expect(buckets.explain!(value)).toBe(wrong)
  })
})

describe('single families', () => {
  const closed = families.scrapes.name

  it.each<[JsonValue, object]>([
    [true, { enabled: true }],
    [{}, { enabled: true }],
    [{ cardinality_limit: 10 }, { enabled: true, cardinalityLimit: 10 }],
    [{ cardinality_limit: 100_000 }, { enabled: true, cardinalityLimit: 100_000 }],
    [
      { enabled: true, cardinality_limit: 50 },
      { enabled: true, cardinalityLimit: 50 },
    ],
  ])('Should be read: %j', (value, read) => {
    expect(overrides.read({ [requests]: value })).toEqual({ [requests]: read })
  })

  it('Should be disabled only where they are not core', () => {
    expect(overrides.read({ [closed]: false })).toEqual({ [closed]: { enabled: false } })
    expect(overrides.read({ [closed]: { enabled: false } })).toEqual({
      [closed]: { enabled: false },
    })
    const refusal = `${families.buildInfo.name}: core metrics cannot be disabled`
    expect(overrides.explain!({ [families.buildInfo.name]: false })).toBe(refusal)
    expect(overrides.explain!({ [families.buildInfo.name]: { enabled: false } })).toBe(refusal)
  })

  const outOfRange = 'cardinality_limit must be a whole number from 10 to 100000'
  it.each<[JsonValue, string]>([
    [{ cardinality_limit: 9 }, outOfRange],
    [{ cardinality_limit: 100_001 }, outOfRange],
    [{ cardinality_limit: 10.5 }, outOfRange],
    [{ cardinality_limit: '10' }, outOfRange],
    [{ enabled: 'yes' }, 'enabled must be true or false'],
    [{ limit: 10 }, 'unknown key "limit"; allowed: enabled, cardinality_limit'],
    [{ cardinalityLimit: 10 }, 'unknown key "cardinalityLimit"; did you mean "cardinality_limit"?'],
    [5, 'give true, false or {enabled, cardinality_limit}'],
    [null, 'give true, false or {enabled, cardinality_limit}'],
    [[true], 'give true, false or {enabled, cardinality_limit}'],
  ])('Should be refused with the reason: %j', (value, wrong) => {
    expect(overrides.read({ [requests]: value })).toBeUndefined()
    expect(overrides.explain!({ [requests]: value })).toBe(`${requests}: ${wrong}`)
  })

  it('Should not be limited where all label values are known', () => {
    expect(overrides.explain!({ [closed]: { cardinality_limit: 10 } })).toBe(
      `${closed}: all its label values are known, so it needs no limit`,
    )
  })
})

describe('the interval of queries', () => {
  it.each([
    ['15s', 15_000],
    ['1h', 3_600_000],
    ['14999ms', undefined],
    ['3600001ms', undefined],
    ['15', undefined],
    ['soon', undefined],
  ])('Should be from 15s to 1h: %s', (text, ms) => {
    expect(reconcileInterval.read(text)).toBe(ms)
  })
})
