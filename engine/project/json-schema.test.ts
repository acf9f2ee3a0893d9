import { Ajv2020 } from 'ajv/dist/2020.js'
import formatsModule from 'ajv-formats'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { workflowJsonSchema } from '../compiler/shapes/editor-schema.ts'
import { corpusTopics, readCorpus } from './fixtures/corpus.ts'
import { projectJsonSchema } from './json-schema.ts'

const ajv = new Ajv2020({ allErrors: true, strictTypes: false, strictRequired: false })
formatsModule.default(ajv)
const checks = {
  project: ajv.compile(projectJsonSchema()),
  workflow: ajv.compile(workflowJsonSchema()),
}

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
  ])('Should refuse %s in a workflow', (_, yaml, expected) => {
    expect(judge('workflow', yaml)).toBe(expected)
  })

  it('Should refuse an unknown key in compozy.yaml', () => {
    expect(judge('project', 'name: a\nverison: 1')).toBe(' must NOT have additional properties')
  })
})
