import { Ajv2020 } from 'ajv/dist/2020.js'
import formatsModule from 'ajv-formats'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { definitions, objectSchema, workflowJsonSchema } from '../compiler/shapes/editor-schema.ts'
import { corpusTopics, readCorpus } from './fixtures/corpus.ts'
import { projectJsonSchema } from './json-schema.ts'

const ajv = new Ajv2020({ allErrors: true, strictTypes: false, strictRequired: false })
formatsModule.default(ajv)
const checks = {
  project: ajv.compile(projectJsonSchema()),
  workflow: ajv.compile(workflowJsonSchema()),
}

const idMessage = '/id must match pattern "^[A-Za-z][A-Za-z0-9_-]{0,62}$"'

/** The first thing that an editor would underline, or `ok`. */
function judge(kind: keyof typeof checks, yaml: string): string {
  const check = checks[kind]
  if (check(parse(yaml))) return 'ok'
  const [first] = check.errors!
  return `${first!.instancePath} ${first!.message}`
}

const good = corpusTopics()
  .flatMap(readCorpus)
  // A key without a value is fine for the loader; an editor may ask for the value.
  .filter(({ expected, name }) => expected === 'ok' && !name.includes('without a value'))
  .flatMap(({ name, files }) => Object.entries(files).map(([file, text]) => ({ name, file, text })))
  .filter(({ file }) => file.endsWith('.yaml'))

describe('JSON Schemas for editors', () => {
  it.each(good)('Should accept what the loader accepts: $name, $file', ({ file, text }) => {
    expect(judge(file === 'compozy.yaml' ? 'project' : 'workflow', text)).toBe('ok')
  })

  it.each([
    ['an unknown key', 'id: a\ntaks: []', " must have required property 'tasks'"],
    [
      'an unknown key of a task',
      'id: a\ntasks: [{id: b, tool: c, timeuot: 5s}]',
      '/tasks/0 must NOT have additional properties',
    ],
    [
      'a key of another kind',
      'id: a\ntasks: [{id: b, type: aggregate, outputs: {}, routes: {}}]',
      '/tasks/0 must NOT have additional properties',
    ],
    [
      'a missing key of a kind',
      'id: a\ntasks: [{id: b, type: wait, wait_for: x}]',
      "/tasks/0 must have required property 'timeout'",
    ],
    [
      'a bad duration',
      'id: a\nconfig: {timeout: 10 minutes}\ntasks: [{id: b, tool: c}]',
      '/config/timeout must match pattern "^(?:\\d+(?:\\.\\d+)?(?:ms|s|m|h|d))+$"',
    ],
    [
      'a task without an id',
      'id: a\ntasks: [{tool: c}]',
      "/tasks/0 must have required property 'id'",
    ],
    [
      'a workflow to call that is no text',
      'id: a\ntasks: [{id: b, type: workflow, workflow: 5}]',
      '/tasks/0/workflow must be string',
    ],
    [
      'a list as the name of a signal',
      'id: a\ntasks: [{id: b, type: wait, wait_for: [x], timeout: 1s}]',
      '/tasks/0/wait_for must be string,number,boolean',
    ],
    [
      'a number as a condition',
      'id: a\ntasks: [{id: b, tool: c, condition: 5}]',
      '/tasks/0/condition must be string,boolean',
    ],
    ['an id that is none', 'id: 9a\ntasks: [{id: b, tool: c}]', idMessage],
    [
      'a name of a metric that is none',
      'id: a\ntasks: [{id: b, tool: c}]\nmetrics: [{name: A-b, type: counter, help: H.}]',
      '/metrics/0/name must match pattern "^[a-z][a-z0-9_]{1,40}$"',
    ],
    [
      'a name of an item that is none',
      'id: a\ntasks: [{id: b, type: collection, items: [1], item_var: 9, task: {tool: c}}]',
      '/tasks/0/item_var must be string',
    ],
    [
      'a half retry',
      'id: a\ntasks: [{id: b, tool: c, retries: 1.5}]',
      '/tasks/0/retries must be integer',
    ],
    [
      'a name of a variable that is none',
      'id: a\nenv: {9A: x}\ntasks: [{id: b, tool: c}]',
      '/env must match pattern "^[A-Za-z_][A-Za-z0-9_]{0,127}$"',
    ],
    [
      'a list as a variable',
      'id: a\nenv: {A: [x]}\ntasks: [{id: b, tool: c}]',
      '/env/A must be string,number,boolean',
    ],
    [
      'a schema that is true where it needs an id',
      'id: a\nschemas: [true]\ntasks: [{id: b, tool: c}]',
      '/schemas/0 must be object',
    ],
    [
      'a text as routes',
      'id: a\ntasks: [{id: b, type: router, condition: x, routes: c}]',
      '/tasks/0/routes must be object',
    ],
    [
      'a parallel without tasks',
      'id: a\ntasks: [{id: b, type: parallel, tasks: []}]',
      '/tasks/0/tasks must NOT have fewer than 1 items',
    ],
  ])('Should refuse %s in a workflow', (_, yaml, expected) => {
    expect(judge('workflow', yaml)).toBe(expected)
  })

  it('Should refuse an unknown key in compozy.yaml', () => {
    expect(judge('project', 'name: a\nverison: 1')).toBe(' must NOT have additional properties')
  })

  it('Should propose durations that it accepts', () => {
    const { duration } = definitions as { duration: { examples: string[]; pattern: string } }
    expect(duration.examples.length).toBeGreaterThan(2)
    for (const example of duration.examples) expect(example).toMatch(new RegExp(duration.pattern))
  })

  it('Should list required keys only where there are some, as older validators ask for', () => {
    const text = { is: 'text', doc: 'a text' } as const
    expect(objectSchema({ a: text, b: { ...text, required: true } })).toMatchObject({
      required: ['b'],
    })
    expect(objectSchema({ a: text })).not.toHaveProperty('required')
  })
})
