import { describe, expect, it } from 'vitest'
import type { JsonValue } from '../../core/json.ts'
import { exampleOf } from './openapi-examples.ts'
import { createTestServer } from './testing/server.ts'

describe('examples in the OpenAPI document', () => {
  it.each<[JsonValue, JsonValue]>([
    [{ type: 'string' }, 'text'],
    [{ type: ['integer', 'null'], minimum: 5 }, 5],
    [{ enum: ['a', 'b'] }, 'a'],
    [{ type: 'number', default: 2 }, 2],
    [{ type: 'string', examples: ['x'] }, 'x'],
    [{ properties: { a: { type: 'boolean' }, b: { type: 'array' } } }, { a: true, b: [] }],
    [{}, {}],
  ])('Should fit the schema %j', (schema, example) => {
    expect(exampleOf(schema)).toEqual(example)
  })

  it('Should show an input of each workflow instead of text', async () => {
    const { app } = await createTestServer()
    const { paths } = (await app.inject('/openapi.json')).json<{
      paths: Record<string, { post: { requestBody: { content: Record<string, object> } } }>
    }>()
    const { content } = paths['/api/v0/workflows/{workflow_id}/executions']!.post.requestBody
    expect(content['application/json']).toMatchObject({
      examples: { parcel: { value: { input: { weight: expect.any(Number) as number } } } },
    })
  })
})
