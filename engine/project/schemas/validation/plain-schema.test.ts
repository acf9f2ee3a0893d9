import { Ajv } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject, JsonValue } from '../../../core/json.ts'
import { isPlainSchema } from './plain-schema.ts'

const options = { allErrors: true, strict: false, logger: false } as const
const metaschemas = { '2020-12': new Ajv2020(options), 'draft-07': new Ajv(options) }

const names = ['a', 'b', 'string', 'object']

/** Values of keywords, right and wrong ones. */
const leaf = fc.oneof(
  fc.constantFrom<JsonValue>(true, false, null, 0, 1, -1, 1.5, 2, '', 'a', 'string', '#', 'x#y'),
  fc.constantFrom<JsonValue>([], {}, ['a'], ['a', 'a'], ['string'], ['string', 'null'], [1]),
  fc.constantFrom<JsonValue>([1, 1], [true, {}], [{}, {}], [null, 'a'], { a: true }, { a: 1 }),
)

const keywords = [
  '$comment $defs $id $ref additionalProperties allOf anyOf const contains default definitions',
  'deprecated description else enum examples exclusiveMaximum exclusiveMinimum format if items',
  'maxContains maxItems maxLength maxProperties maximum minContains minItems minLength',
  'minProperties minimum multipleOf not oneOf pattern patternProperties prefixItems properties',
  'propertyNames readOnly required then title type uniqueItems writeOnly',
].flatMap((line) => line.split(' '))

const { schema } = fc.letrec<{ schema: JsonValue; value: JsonValue }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 4 },
    fc.boolean(),
    fc.dictionary(fc.constantFrom(...keywords, 'unknown'), tie('value'), {
      maxKeys: 4,
      noNullPrototype: true,
    }),
  ),
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    tie('schema'),
    fc.array(tie('schema'), { maxLength: 2 }),
    fc.dictionary(fc.constantFrom(...names), tie('schema'), { maxKeys: 2, noNullPrototype: true }),
  ),
}))

describe('isPlainSchema', () => {
  it.each(Object.entries(metaschemas))(
    'Should never accept what the metaschema of %s refuses',
    (_, ajv) => {
      let accepted = 0
      fc.assert(
        fc.property(schema, (value) => {
          if (!isPlainSchema(value)) return
          accepted++
          expect(ajv.validateSchema(value as JsonObject), JSON.stringify(value)).toBe(true)
        }),
        { numRuns: 10_000 },
      )
      expect(accepted).toBeGreaterThan(100)
    },
  )

  it.each<[string, JsonObject]>(
    keywords.map((keyword) => [keyword, { properties: { a: { [keyword]: null } } }]),
  )('Should leave a wrong value of %s to the metaschema, also inside', (keyword, value) => {
    const free = ['const', 'default']
    expect(isPlainSchema(value)).toBe(free.includes(keyword))
  })

  it.each<[string, JsonValue]>([
    ['an unknown keyword', { typo: 'string' }],
    ['a draft', { $schema: 'https://json-schema.org/draft/2020-12/schema' }],
    ['a dynamic reference', { $dynamicRef: '#node' }],
    ['a type that there is not', { type: 'text' }],
    ['a type named twice', { type: ['string', 'string'] }],
    ['a list of schemas without one', { allOf: [] }],
    ['a negative count', { minLength: -1 }],
    ['a multiple of nothing', { multipleOf: 0 }],
    ['no choice', { enum: [] }],
    ['a choice named twice', { enum: [1, 1] }],
    ['choices that are mappings', { enum: [{}] }],
    ['a name required twice', { required: ['a', 'a'] }],
    ['a list in place of a mapping', { properties: [] }],
    ['items by position, as draft-07 has them', { items: [true] }],
    ['a value that is no schema', 'string'],
  ])('Should leave %s to the metaschema', (_, value) => {
    expect(isPlainSchema(value)).toBe(false)
  })

  it('Should leave a schema to the metaschema that nests deeper than most', () => {
    const nest = (levels: number): JsonValue => (levels === 0 ? true : { not: nest(levels - 1) })
    expect([isPlainSchema(nest(10)), isPlainSchema(nest(1_000))]).toEqual([true, false])
  })

  it('Should accept the schema of an ordinary input', () => {
    const line = {
      type: 'object',
      required: ['sku'],
      properties: {
        sku: { type: 'string', pattern: '^[a-z]+$' },
        count: { type: 'integer', minimum: 1, default: 1 },
      },
      additionalProperties: false,
    }
    const order = {
      type: 'object',
      description: 'An order',
      properties: {
        items: { type: 'array', items: line, minItems: 1 },
        kind: { enum: ['new', 'repeated'] },
        note: { type: ['string', 'null'], maxLength: 80 },
        when: { anyOf: [{ type: 'string', format: 'date' }, { const: null }] },
      },
    }
    expect(isPlainSchema(order)).toBe(true)
  })
})
