import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../engine/core/json.ts'
import { exampleInput } from './example-input.ts'

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
  ])('Should give %s, and satisfy the schema', (_, schema, example) => {
    expect(exampleInput(schema)).toEqual(example)
    const fits = new Ajv2020({ strict: false, logger: false }).validate(schema, example)
    expect(fits).toBe(true)
  })

  it('Should give an empty object without a schema', () => {
    expect(exampleInput(undefined)).toEqual({})
  })
})
