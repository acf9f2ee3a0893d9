import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { loadFiles, rendered } from './fixtures/corpus.ts'
import { packProject, unpackProject } from './packed-project.ts'
import type { Project } from './project.ts'

async function load(files: Readonly<Record<string, string>>): Promise<Project> {
  const result = await loadFiles(files)
  if (!('project' in result)) throw new Error(rendered(result))
  return result.project
}

/** The project as another thread gets it. */
const sent = (project: Project): Promise<Project> =>
  unpackProject(structuredClone(packProject(project)))

/** A project with a function and a schema at every place that can have one. */
const rich = {
  'compozy.yaml':
    'name: shop\nversion: 1.2.3\nruntime: { permissions: [--allow-net=a.test] }\nworkflows: [{ source: ./workflow.yaml }]\ntools: [{ id: echo, execute: ./echo.ts }]',
  'workflow.yaml': `id: main
config: { input: { type: object, properties: { count: { type: integer, default: 3 } } } }
schedule: { cron: '@daily' }
triggers:
  - { type: signal, name: paid, schema: { type: object, required: [sum] } }
  - { type: signal, name: seen }
tools:
  - { id: price, execute: ./echo.ts, input: { type: object, required: [sku] }, output: { type: string } }
metrics: [{ name: orders, type: counter, help: Orders handled., on: any }]
tasks: [{ id: a, tool: price, with: { sku: apple } }]
`,
}

/** A project of so many workflows. */
const manyWorkflows = (count: number) => ({
  'compozy.yaml': 'name: many\nworkflows: [{ source: ./flows/*.yaml }]\n',
  ...Object.fromEntries(
    Array.from({ length: count }, (_, i) => [
      `flows/${i}.yaml`,
      `id: flow${i}\ntasks: [{ id: a, type: aggregate, outputs: { n: ${i} } }]\n`,
    ]),
  ),
})

/** Turns that the event loop makes before a promise settles. */
async function turnsUntil(promise: Promise<unknown>): Promise<number> {
  const done = promise.then(() => 'done' as const)
  let turns = 0
  while ((await Promise.race([done, setImmediate('turn')])) === 'turn') turns++
  return turns
}

describe('a project that is sent to another thread', () => {
  it('Should arrive with everything that is data', async () => {
    const project = await load(rich)
    const arrived = await sent(project)
    const data = (each: Project) =>
      JSON.parse(
        JSON.stringify([each, Object.fromEntries(each.workflows), Object.fromEntries(each.tools)]),
      ) as unknown
    expect(data(arrived)).toEqual(data(project))
    expect([...arrived.tools.keys()]).toEqual(['echo', 'main/price'])
    expect(arrived.metrics).toHaveLength(1)
  })

  it('Should check inputs, payloads, and values of tools as before', async () => {
    const { workflows, tools } = await sent(await load(rich))
    const { acceptInput, triggers } = workflows.get('main')!
    expect(acceptInput({})).toEqual({ count: 3 })
    expect(() => acceptInput({ count: 'x' })).toThrow('does not fit workflow "main": /count ')
    const [paid, seen] = triggers
    expect([paid!.check({ sum: 1 }), paid!.check({}).length]).toEqual([[], 1])
    expect(seen!.check(null)).toEqual([])
    const price = tools.get('main/price')!
    expect([price.checkInput({ sku: 'a' }), price.checkInput({}).length]).toEqual([[], 1])
    expect([price.checkOutput('1'), price.checkOutput(1).length]).toEqual([[], 1])
    expect(tools.get('echo')!.checkInput(null)).toEqual([])
  })

  it('Should arrive frozen', async () => {
    const { workflows, runtime } = await sent(await load(rich))
    const { definition, triggers } = workflows.get('main')!
    for (const part of [runtime, runtime.permissions, definition, definition.tasks[0], triggers[0]])
      expect(Object.isFrozen(part)).toBe(true)
  })

  it('Should give the event loop back between workflows', async () => {
    const packed = packProject(await load(manyWorkflows(30)))
    expect(await turnsUntil(unpackProject(packed))).toBeGreaterThan(20)
  })

  it('Should not give the event loop back more often than that', async () => {
    const packed = packProject(await load(manyWorkflows(1)))
    expect(await turnsUntil(unpackProject(packed))).toBeLessThan(5)
  })
})
