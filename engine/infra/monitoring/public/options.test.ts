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
    [{ families: [] }, 'option families is []; it must be a mapping from family names'],
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
