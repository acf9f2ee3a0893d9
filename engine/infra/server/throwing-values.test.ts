import { describe, expect, it } from 'vitest'
import { createMemoryExecutions } from '../../../test/support/memory-executions.ts'
import { loadFiles } from '../../project/fixtures/corpus.ts'
import { createTestServer } from './testing/server.ts'

/** A schema whose keywords compare, convert and follow what they are given. */
const schema = `
  type: object
  properties:
    l: {uniqueItems: true}
    e: {enum: [{a: 1}, [1]]}
    c: {const: {toString: ""}}
    n: {multipleOf: 0.01}
    p: {pattern: "^(a+)+$"}
    k: {propertyNames: {pattern: "^[a-z]+$"}}
    r: {$ref: "#/$defs/r"}
  $defs:
    r: {properties: {r: {$ref: "#/$defs/r"}}, required: [id]}
`
const workflow = `id: hard
config:
  input:${schema.replaceAll('\n', '\n    ')}
triggers:
  - type: signal
    name: hit
    schema:${schema.replaceAll('\n', '\n        ')}
tasks: [{id: a, type: aggregate, outputs: {ok: true}}]
`

async function createHardServer() {
  const loaded = await loadFiles({
    'workflow.yaml': workflow,
  })
  if (!('project' in loaded)) throw new Error(JSON.stringify(loaded.diagnostics))
  const { project } = loaded
  const executions = createMemoryExecutions({ project, onSignal: () => ({ status: 'completed' }) })
  const { app } = await createTestServer({
    api: { executions, project: () => project },
    config: { bodyLimit: 2_000_000 },
  })
  const post = (path: string, body: string) =>
    app.inject({
      method: 'POST',
      url: `/api/v0${path}`,
      headers: { 'content-type': 'application/json' },
      payload: body,
    })
  const { exec_id } = await executions.start({
    workflowId: 'hard',
    input: {},
    trigger: { type: 'api' },
  })
  await executions.signal(exec_id, 'end', null)
  return { post, closed: exec_id }
}

const levels = (depth: number): string =>
  `{"r":${'{"id":1,"r":'.repeat(depth)}{"id":1}${'}'.repeat(depth)}}`

describe('values that make a careless comparison throw', () => {
  it.each<[string, string, number]>([
    ['an own toString in a list of different items', '{"l":[{},{"toString":""}]}', 202],
    ['an own valueOf', '{"l":[{"valueOf":null},{"valueOf":1}]}', 202],
    ['an own hasOwnProperty, twice', '{"l":[{"hasOwnProperty":1},{"hasOwnProperty":1}]}', 400],
    ['an own constructor', '{"l":[{"constructor":1},{"constructor":{}}]}', 202],
    ['an own toJSON', '{"l":[{"toJSON":1}],"e":{"toJSON":1}}', 400],
    ['an own then', '{"l":[{"then":1},{"then":{}}]}', 202],
    ['a constant of that kind', '{"c":{"toString":""}}', 202],
    ['nearly that constant', '{"c":{"toString":null}}', 400],
    ['a choice that is an object', '{"e":{"a":1}}', 202],
    ['no choice', '{"e":{"a":"1"}}', 400],
    ['the smallest number', '{"n":5e-324}', 400],
    ['a number that fits', '{"n":1e300}', 202],
    ['a text for a slow pattern', `{"p":"${'a'.repeat(60_000)}!"}`, 400],
    ['names that objects inherit', '{"k":{"constructor":1,"toString":1,"valueof":1}}', 400],
    ['150 levels of a schema that refers to itself', levels(150), 202],
    ['150 levels, the innermost wrong', levels(150).replace('{"id":1}}', '{}}'), 400],
    ['3,500 levels', levels(3_500), 400],
    ['lists as keys', '{"l":[[],[[]],"",0,false,null]}', 202],
  ])(
    'Should be answered by every door with what the value deserves: %s',
    async (_, value, status) => {
      const { post, closed } = await createHardServer()
      const doors = {
        start: await post('/workflows/hard/executions', `{"input":${value}}`),
        event: await post('/events', `{"name":"hit","payload":${value}}`),
        rerun: await post(
          `/executions/workflows/${closed}/rerun`,
          `{"input":${value},"definition":"current"}`,
        ),
      }
      const statuses = Object.entries(doors).map(([door, reply]) => [door, reply.statusCode])
      expect(statuses).toEqual([
        ['start', status],
        ['event', status],
        ['rerun', status],
      ])
      if (status === 202) return
      for (const reply of Object.values(doors))
        expect(reply.json()).toMatchObject({ code: 'input_invalid' })
    },
  )
})
