import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../core/json.ts'
import type { Source } from '../core/source.ts'
import { compileWorkflow, deepFreeze, readWorkflowFile } from './compile-workflow.ts'

const place = { file: 'w.yaml', line: 1, column: 1, length: 1 }

/** Compiles a workflow of the project `shop` with the tool `echo`. */
function compile(workflow: JsonObject, locate: Source['locate'] = () => place) {
  const source: Source = {
    file: place.file,
    value: { id: 'main', ...workflow },
    locate,
    lineAt: () => '',
  }
  return compileWorkflow(readWorkflowFile(source), {
    project: { name: 'shop', version: '2' },
    env: { A: 'x' },
    tools: new Map([['echo', {}]]),
    toolTimeoutMs: 60_000,
    workflows: ['main'],
  })
}

const task = { id: 'a', tool: 'echo' }
const metric = { name: 'orders', type: 'counter', help: 'Orders.' }

describe('a compiled workflow', () => {
  it('Should hold what its runs need, with defaults, and nothing that is not given', () => {
    const { definition, metrics, diagnostics } = compile({ tasks: [task] })
    expect(definition).toEqual({
      irVersion: 1,
      id: 'main',
      project: { name: 'shop', version: '2' },
      env: { A: 'x' },
      maxTasks: 10_000,
      tasks: [{ id: 'a', type: 'basic', tool: 'echo', place: 'w.yaml:1:1', timeout: 60_000 }],
    })
    expect([metrics, diagnostics]).toEqual([[], []])
  })

  it('Should hold its version, its limit, its outputs and its metrics', () => {
    const { definition, metrics } = compile({
      version: 3,
      config: { max_tasks: 7 },
      tasks: [{ ...task, metrics: [{ ...metric, name: 'own', on: 'tool' }] }],
      outputs: { n: 1 },
      metrics: [metric],
    })
    expect(definition).toMatchObject({
      version: '3',
      maxTasks: 7,
      outputs: { t: 'lit', value: { n: 1 } },
      metrics: [{ name: 'compozy_custom_orders_total', on: 'success', labels: [] }],
      tasks: [{ metrics: [] }],
    })
    // Tools record their metric by the name that the file gives it.
    expect(metrics.map(({ metric: { name, toolName } }) => [name, toolName])).toEqual([
      ['compozy_custom_own_total', 'own'],
      ['compozy_custom_orders_total', undefined],
    ])
  })

  it('Should hold the place of each template inside an input, for the errors of its runs', () => {
    const input = { a: ['{{ .input.x }}'], b: { c: 'x {{ .input.y }}' } }
    const { definition } = compile({ tasks: [{ ...task, with: input }] }, (path) => ({
      ...place,
      file: path.join('/'),
    }))
    const places = [...JSON.stringify(definition).matchAll(/tasks\/0\/with[^:"]*/g)].map(String)
    expect(places).toEqual(['tasks/0/with/a/0', 'tasks/0/with/b/c'])
  })

  it('Should be frozen at any depth', () => {
    const { definition } = compile({ tasks: [{ ...task, with: { a: { b: [1, '{{ 1 }}'] } } }] })
    const isFrozen = (value: unknown): boolean =>
      typeof value !== 'object' ||
      value === null ||
      (Object.isFrozen(value) && Object.values(value).every(isFrozen))
    expect(isFrozen(definition)).toBe(true)
  })

  it('Should be there with warnings, and not with errors, of which all are told', () => {
    const lost = compile({ tasks: [task, { ...task, id: 'lost' }] })
    expect(lost.definition).toBeDefined()
    expect(lost.diagnostics.map(({ severity }) => severity)).toEqual(['warning'])
    const wrong = compile({ tasks: [{ ...task, tool: 'nope' }], metrics: [metric], nope: 1 })
    expect(wrong.definition).toBeUndefined()
    expect(wrong.diagnostics.map(({ message }) => message)).toEqual([
      'unknown key "nope" in a workflow file',
      'unknown tool "nope"',
    ])
    // What it declares is still compared with other workflows.
    expect(wrong.metrics).toHaveLength(1)
  })

  it.each(['collection', 'router'])('Should nest 16 levels of a %s, and no more', (type) => {
    const around = (inner: JsonObject): JsonObject =>
      type === 'router'
        ? { type, condition: 'true', routes: { go: inner } }
        : { type, items: [1], task: inner }
    const nested = (levels: number): JsonObject =>
      levels === 0 ? { tool: 'echo' } : around(nested(levels - 1))
    const messages = (levels: number) =>
      compile({ tasks: [{ id: 'a', ...nested(levels) }] }).diagnostics.map(({ message }) => message)
    expect(messages(16)).toEqual([])
    expect(messages(17)).toEqual(['tasks nest deeper than 16 levels'])
  })

  it('Should tell no more of a file after a hundred errors', () => {
    const tasks = Array.from({ length: 150 }, (_, i) => ({ id: `t${i}`, tool: 'nope' }))
    const errors = compile({ tasks }).diagnostics.filter(({ severity }) => severity === 'error')
    expect(errors).toHaveLength(101)
    expect(errors.at(-1)!.message).toBe('more than 100 errors in this file; the rest is not listed')
  })
})

describe('deepFreeze', () => {
  it('Should leave what is frozen, and what is no object, as it is', () => {
    const inner = { a: 1 }
    const frozen = Object.freeze({ inner })
    expect(deepFreeze({ frozen })).toEqual({ frozen: { inner: { a: 1 } } })
    expect([Object.isFrozen(inner), deepFreeze(null), deepFreeze('x')]).toEqual([false, null, 'x'])
  })
})
