import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../core/json.ts'
import { exampleInput } from './example-input.ts'
import { textForPattern } from './example-text.ts'
import { createTestServer } from '../testing/server.ts'

describe('exampleInput', () => {
  it.each<[string, JsonObject, unknown]>([
    ["the schema's own example", { examples: [{ a: 1 }], required: ['a'] }, { a: 1 }],
    ['a default', { type: 'object', default: { b: 2 } }, { b: 2 }],
    [
      'every required property, and no other',
      {
        type: 'object',
        required: ['name', 'count', 'ok', 'kind'],
        properties: {
          name: { type: 'string', minLength: 6 },
          count: { type: 'integer', minimum: 5 },
          ok: { type: 'boolean' },
          kind: { enum: ['a', 'b'] },
          more: { type: 'string' },
        },
      },
      { name: 'textxx', count: 5, ok: true, kind: 'a' },
    ],
    [
      'nested objects and lists with enough items',
      {
        type: 'object',
        required: ['items'],
        properties: {
          items: {
            type: 'array',
            minItems: 2,
            items: {
              type: 'object',
              required: ['sku'],
              properties: { sku: { type: 'string', format: 'uuid' } },
            },
          },
        },
      },
      { items: Array.from({ length: 2 }, () => ({ sku: '00000000-0000-4000-8000-000000000000' })) },
    ],
    ['a number above a bound', { type: 'number', exclusiveMinimum: 0.5 }, 1],
    ['a multiple', { type: 'number', exclusiveMinimum: 5, multipleOf: 2 }, 6],
    ['a whole number below a bound', { type: 'integer', maximum: -3 }, -3],
    ['a number between two bounds', { type: 'number', minimum: 0.2, exclusiveMaximum: 0.3 }, 0.2],
    ['a text for a pattern', { type: 'string', pattern: '^[A-Z]{3}-\\d{2}(a|b)+$' }, 'AAA-11a'],
    ['a short text', { type: 'string', maxLength: 2 }, 'te'],
    ['a long text', { type: 'string', pattern: '^[A-Z]+-?[0-9]*$', minLength: 8 }, 'A0000000'],
    ['many items', { type: 'array', minItems: 12, items: { const: 1 } }, Array(12).fill(1)],
    [
      'an item that has to be there',
      { type: 'array', minItems: 2, contains: { const: 3 }, items: { type: 'integer' } },
      [3, 1],
    ],
    [
      'as many properties as it has to have',
      { minProperties: 3, properties: { a: {} }, additionalProperties: { type: 'integer' } },
      { a: {}, key1: 1, key2: 1 },
    ],
    [
      'a required property that only the others describe',
      { required: ['b'], additionalProperties: { type: 'boolean' } },
      { b: true },
    ],
    [
      'items that differ',
      { type: 'array', minItems: 2, uniqueItems: true, items: { type: 'string', minLength: 3 } },
      ['text', 'text2'],
    ],
    [
      'what a reference points to',
      {
        $ref: '#/$defs/a',
        $defs: { a: { required: ['n'], properties: { n: { minimum: 3, type: 'integer' } } } },
      },
      { n: 3 },
    ],
    [
      'what a reference into a list points to',
      {
        $ref: '#/$defs/a/oneOf/1',
        $defs: { a: { oneOf: [{ type: 'integer' }, { type: 'boolean' }] } },
      },
      true,
    ],
    [
      'the first of several choices',
      { anyOf: [{ required: ['a'] }, { required: ['b'] }], allOf: [{ required: ['c'] }] },
      { c: 'text', a: 'text' },
    ],
    [
      'an end of a recursive schema',
      { required: ['next'], properties: { next: { anyOf: [{ type: 'null' }, { $ref: '#' }] } } },
      { next: null },
    ],
  ])('Should give %s, and satisfy the schema', (_, schema, example) => {
    expect(exampleInput(schema)).toEqual(example)
    const fits = new Ajv2020({ strict: false, logger: false }).validate(schema, example)
    expect(fits).toBe(true)
  })

  it('Should give an empty object without a schema', () => {
    expect(exampleInput(undefined)).toEqual({})
  })

  it('Should show every property where all are asked for', () => {
    const schema = { properties: { a: { type: 'boolean' }, b: { type: 'null' } }, required: ['a'] }
    expect(exampleInput(schema, { properties: 'all' })).toEqual({ a: true, b: null })
    expect(exampleInput(schema)).toEqual({ a: true })
  })

  it.each([
    ['^[a-z]+@x\\.y$', 'a@x.y'],
    ['a{2,}(?:b|c)?d*', 'aa'],
    ['[^a]', undefined],
    ['(?=a)b', undefined],
    ['[', undefined],
    ['a)', undefined],
    ['\\p{L}', undefined],
  ])('Should make a text for the pattern %s', (pattern, text) => {
    expect(textForPattern(pattern)).toBe(text)
  })

  it.each([
    ['^[0-9]+$', 3, '000'],
    ['^(?:ab)*c$', 4, 'ababc'],
    ['^a{2,}b$', 5, 'aaaab'],
    ['^(a|b+)c*$', 3, 'acc'],
    ['^a?$', 3, ''],
    ['^a+(x|y*)$', 3, 'aax'],
    ['^[a-z]{200}-[0-9]*$', 256, `${'a'.repeat(200)}-`],
  ])('Should make a long text for the pattern %s', (pattern, minLength, text) => {
    expect(textForPattern(pattern, minLength)).toBe(text)
  })

  it('Should show an input of each workflow in the OpenAPI document', async () => {
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
