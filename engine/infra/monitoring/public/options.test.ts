import { describe, expect, it } from 'vitest'
import { CompozyError } from '../../../core/errors.ts'
import { families } from '../catalogue.ts'
import { taskCatalogue } from '../catalogue/task.ts'
import { monitoringDefaults } from '../config.ts'
import { readOptions, type MonitoringOptions } from './options.ts'

const read = (options: Partial<MonitoringOptions> = {}) =>
  readOptions({ prefix: 'shop', ...options })
const namesWithout = (options: Partial<MonitoringOptions> = {}): ReadonlySet<string> =>
  new Set(read(options).without!.map(({ name }) => name))

function messageOf(options: object): string {
  try {
    read(options)
    return 'accepted'
  } catch (error) {
    if (error instanceof CompozyError) return error.message
    throw error
  }
}

describe('the options of an application', () => {
  it('Should be the defaults, with monitoring on, unless it says otherwise', () => {
    expect(read()).toMatchObject({
      config: { ...monitoringDefaults, enabled: true },
      build: { version: 'unknown', commit: 'unknown' },
      workflows: [],
      tools: [],
      customMetrics: [],
      prefix: 'shop',
      documentedPaths: '/',
      openWorkflowTypes: 200,
    })
    expect(read({ workflowTypes: ['order'] }).workflows).toEqual([{ id: 'order', taskTypes: [] }])
    expect(read({ reconcileInterval: 60_000 }).config.reconcileInterval).toBe(60_000)
    expect(read({ path: undefined as never }).config.path).toBe('/metrics')
  })

  it('Should leave out the families that nothing feeds, and no others', () => {
    const bare = namesWithout()
    expect(bare.has(families.reachable.name)).toBe(true)
    expect(bare.has(families.buildInfo.name)).toBe(true)
    for (const { name } of Object.values(taskCatalogue)) expect(bare.has(name)).toBe(true)
    expect(bare.has(families.uptime.name)).toBe(false)
    const fed = namesWithout({ features: ['temporal_health'], build: { version: '1' } })
    expect(fed.has(families.reachable.name)).toBe(false)
    expect(fed.has(families.buildInfo.name)).toBe(false)
    expect(fed.has(families.draining.name)).toBe(true)
  })

  it('Should be those of an interpreter where it gives its workflows and tools', () => {
    const interpreter = {
      workflows: [{ id: 'a', taskTypes: ['basic'] }],
      tools: ['t'],
      metrics: [],
    }
    const options = read({ prefix: 'compozy', interpreter, workflowTypes: ['b'] })
    expect(options).toMatchObject({ workflows: interpreter.workflows, tools: ['t'] })
    expect(options).not.toHaveProperty('prefix')
    expect(options).not.toHaveProperty('documentedPaths')
    expect(options).not.toHaveProperty('openWorkflowTypes')
    const without = namesWithout({ interpreter })
    for (const { name } of Object.values(taskCatalogue)) expect(without.has(name)).toBe(false)
  })

  it.each<[object, string]>([
    [
      { path: '/metrics?x' },
      'option path is "/metrics?x"; it must be a path such as /metrics, without query',
    ],
    [
      { path: 'metrics' },
      'option path is "metrics"; it must be a path such as /metrics, without query',
    ],
    [{ process: 1 }, 'option process is 1; it must be true or false'],
    [
      { families: [] },
      'option families is []; it must be a mapping from family names to true, false or {enabled, cardinalityLimit}',
    ],
    [{ reconcileInterval: '60000' }, 'option reconcileInterval is "60000"; it must be a duration'],
    [{ process: true }, 'accepted'],
    [{ families: {} }, 'accepted'],
    [{ process: undefined }, 'accepted'],
  ])('Should refuse a value of another type, and take one of its own: %j', (options, message) => {
    expect(messageOf(options)).toContain(message)
    // What belongs to the engine's own settings is not said.
    expect(messageOf(options)).not.toContain('no other route uses')
  })
})

describe('options of single families', () => {
  const requests = 'shop_http_requests_total'
  const duration = 'shop_http_request_duration_seconds'
  const scrapes = 'shop_metrics_scrapes_total'

  it.each<[MonitoringOptions['families'], object]>([
    [{ [requests]: true }, { [requests]: { enabled: true } }],
    [{ [requests]: {} }, { [requests]: { enabled: true } }],
    [
      { [requests]: { cardinalityLimit: 50 } },
      { [requests]: { enabled: true, cardinalityLimit: 50 } },
    ],
    [
      { [requests]: { enabled: true, cardinalityLimit: 50 } },
      { [requests]: { enabled: true, cardinalityLimit: 50 } },
    ],
    [{ [scrapes]: false }, { [scrapes]: { enabled: false } }],
    [{ [scrapes]: { enabled: false } }, { [scrapes]: { enabled: false } }],
    [{ process_open_fds: false }, { process_open_fds: { enabled: false } }],
    [{ temporal_request_total: false }, { temporal_request_total: { enabled: false } }],
    [{}, {}],
  ])('Should be read: %j', (overrides, expected) => {
    expect(read({ families: overrides! }).config.families).toEqual(expected)
  })

  it('Should have the names of the catalogue where the prefix is that of the engine', () => {
    const own = { compozy_http_requests_total: { enabled: true, cardinalityLimit: 50 } }
    expect(read({ prefix: 'compozy', families: own }).config.families).toEqual(own)
  })

  it('Should keep the bounds that the application gave, whatever it does to its list', () => {
    const bounds = [0.1, 1]
    const { buckets } = read({ buckets: { [duration]: bounds } }).config
    bounds.reverse()
    expect(buckets).toEqual({ [duration]: [0.1, 1] })
  })

  it.each<[object, string]>([
    [
      { families: { [requests]: { cardinality_limit: 50 } } },
      `option families: ${requests}: unknown key "cardinality_limit"; did you mean "cardinalityLimit"?`,
    ],
    [
      { families: { [requests]: { limit: 50 } } },
      `option families: ${requests}: unknown key "limit"; allowed: enabled, cardinalityLimit`,
    ],
    [
      { families: { [requests]: { cardinalityLimit: 5 } } },
      `option families: ${requests}: cardinalityLimit must be a whole number from 10 to 100000`,
    ],
    [
      { families: { [requests]: { cardinalityLimit: '50' } } },
      `option families: ${requests}: cardinalityLimit must be a whole number from 10 to 100000`,
    ],
    [
      { families: { [requests]: 50 } },
      `option families: ${requests}: give true, false or {enabled, cardinalityLimit}`,
    ],
    [
      { families: { [requests]: { enabled: 'no' } } },
      `option families: ${requests}: enabled must be true or false`,
    ],
    [
      { families: { [requests]: false } },
      `option families: ${requests}: core metrics cannot be disabled`,
    ],
    [
      { families: { [requests]: { enabled: false } } },
      `option families: ${requests}: core metrics cannot be disabled`,
    ],
    [
      { families: { [scrapes]: { cardinalityLimit: 50 } } },
      `option families: ${scrapes}: all its label values are known, so it needs no limit`,
    ],
    [
      { families: { [scrapes]: false, shop_http_request_total: true } },
      `option families: unknown family shop_http_request_total; did you mean "${requests}"?`,
    ],
    [
      { families: { compozy_http_requests_total: true } },
      `option families: unknown family compozy_http_requests_total; did you mean "${requests}"?`,
    ],
    [
      { families: { sign_ups: false } },
      'option families: unknown family sign_ups; docs/reference/metrics.md lists all, with compozy where yours have shop',
    ],
    [
      { buckets: { [duration]: [1, 0.5] } },
      `option buckets: ${duration}: bounds must be finite and rise strictly`,
    ],
    [
      { buckets: { [duration]: [0.5, Infinity] } },
      `option buckets: ${duration}: bounds must be finite and rise strictly`,
    ],
    [{ buckets: { [duration]: [] } }, `option buckets: ${duration}: give 1 to 100 bounds`],
    [{ buckets: { [duration]: '1' } }, `option buckets: ${duration}: give 1 to 100 bounds`],
    [{ buckets: { [requests]: [1] } }, `option buckets: ${requests}: it is a counter`],
    [
      { buckets: { shop_http_requests_duration_seconds: [1] } },
      `option buckets: unknown family shop_http_requests_duration_seconds; did you mean "${duration}"?`,
    ],
    [{ buckets: { [duration]: [0.5, 1] } }, 'accepted'],
  ])('Should be refused with the place and the reason: %j', (options, message) => {
    expect(messageOf(options)).toBe(message)
  })

  it('Should be refused as wrong configuration', () => {
    expect(() => read({ families: { [requests]: false } })).toThrow(
      expect.objectContaining({ code: 'config_invalid' }) as Error,
    )
  })
})
