import { Ajv, type ErrorObject } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formatsModule from 'ajv-formats'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Violation } from '../../../core/errors.ts'
import type { JsonObject, JsonValue } from '../../../core/json.ts'
import type { SchemaCheck } from './schema-check.ts'
import { createSchemaCompiler } from './schema-compiler.ts'

const names = ['a', 'b', 'constructor', '0']
const name = fc.constantFrom(...names)

const value: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom<JsonValue>(
      null,
      true,
      false,
      0,
      1,
      -1,
      2,
      3.5,
      '',
      'a',
      'ab',
      '😀b',
      '2026-01-31',
    ),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(name, tie('value'), {
      maxKeys: 4,
      noNullPrototype: true,
    }) as fc.Arbitrary<JsonValue>,
  ),
})).value

/** Short enough to be shown whole in a message. */
const choice = fc.constantFrom<JsonValue>(null, true, 1, 'a', {}, [], { a: 1, b: [] }, [0])

const limit = fc.integer({ min: 0, max: 3 })

/** Schemas that are valid, with every keyword; references lead to `$defs`. */
const schemas = (isDraft7: boolean): fc.Arbitrary<JsonValue> =>
  fc.letrec<{ schema: JsonValue }>((tie) => {
    const schema = tie('schema')
    const map = fc.dictionary(name, schema, { maxKeys: 3 })
    const list = fc.array(schema, { minLength: 1, maxLength: 3 })
    const type = fc.constantFrom(
      'null',
      'boolean',
      'string',
      'number',
      'integer',
      'array',
      'object',
    )
    const shared: Record<string, fc.Arbitrary<unknown>> = {
      type: fc.oneof(type, fc.uniqueArray(type, { minLength: 1, maxLength: 3 })),
      enum: fc.array(choice, { minLength: 1, maxLength: 3 }),
      const: choice,
      minimum: limit,
      maximum: limit,
      exclusiveMinimum: limit,
      exclusiveMaximum: limit,
      multipleOf: fc.constantFrom(1, 2, 0.5),
      minLength: limit,
      maxLength: limit,
      pattern: fc.constantFrom('^a', 'b$', '^[a-z]{2}$'),
      format: fc.constantFrom('date', 'email', 'int32', 'unheard-of'),
      minItems: limit,
      maxItems: limit,
      uniqueItems: fc.boolean(),
      contains: schema,
      minProperties: limit,
      maxProperties: limit,
      required: fc.uniqueArray(name, { maxLength: 3 }),
      properties: map,
      patternProperties: fc.dictionary(fc.constantFrom('^a', 'b', '^$'), schema, { maxKeys: 2 }),
      additionalProperties: schema,
      propertyNames: schema,
      dependencies: fc.dictionary(name, fc.oneof(schema, fc.uniqueArray(name, { maxLength: 2 })), {
        maxKeys: 2,
      }),
      not: schema,
      anyOf: list,
      oneOf: list,
      allOf: list,
      if: schema,
      // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
      then: schema,
      else: schema,
      $ref: fc.constantFrom('#/$defs/x', '#/$defs/y'),
    }
    const draft7 = { items: fc.oneof(schema, list), additionalItems: schema }
    const latest = {
      items: schema,
      prefixItems: list,
      dependentRequired: fc.dictionary(name, fc.uniqueArray(name, { maxLength: 2 }), {
        maxKeys: 2,
      }),
      dependentSchemas: map,
      minContains: limit,
      maxContains: limit,
      unevaluatedProperties: schema,
      unevaluatedItems: schema,
    }
    const all = Object.entries({ ...shared, ...(isDraft7 ? draft7 : latest) })
    const object = fc
      .uniqueArray(fc.nat({ max: all.length - 1 }), { maxLength: 3 })
      .chain((picked) => fc.record(Object.fromEntries(picked.map((i) => all[i]!))))
    return { schema: fc.oneof({ maxDepth: 3, withCrossShrink: true }, fc.boolean(), object) }
  }).schema

const dialects = [
  'https://json-schema.org/draft/2020-12/schema',
  'http://json-schema.org/draft-07/schema#',
]

const withDefinitions = (isDraft7: boolean): fc.Arbitrary<JsonObject> =>
  fc.tuple(schemas(isDraft7), schemas(isDraft7), schemas(isDraft7)).map(([schema, x, y]) => ({
    $schema: dialects[Number(isDraft7)]!,
    $defs: { x, y },
    allOf: [schema],
  }))

/** Writes an error of Ajv as the engine does. */
function inOurWords({ keyword, instancePath: pointer, message = '', params }: ErrorObject): string {
  const given = params as Readonly<Record<string, string>>
  switch (keyword) {
    case 'required':
    case 'dependentRequired':
      return `${pointer}/${given['missingProperty']!} is required`
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return `${pointer}/${(given['additionalProperty'] ?? given['unevaluatedProperty'])!} ${unknown}`
    case 'enum':
      return `${pointer} must be one of ${listed(given['allowedValues'])}`
    case 'const':
      return `${pointer} must be ${JSON.stringify(given['allowedValue'])}`
    case 'multipleOf':
      return `${pointer} must be a multiple of ${given['multipleOf']!}`
    case 'uniqueItems':
      return `${pointer} ${equal}`
    case 'unevaluatedItems':
      return `${pointer} ${unevaluated}`
    default:
      return `${pointer} ${message}`
  }
}

const listed = (values: unknown): string =>
  (values as readonly JsonValue[]).map((item) => JSON.stringify(item)).join(', ')

const unknown = 'is not a known property'
const equal = 'must not have equal items'
const unevaluated = 'must not have items that no keyword evaluates'

/** Leaves out the guess at what was meant, and which of several items was found. */
function plain({ pointer, message }: Violation): string {
  const start = [unknown, equal, unevaluated].find((text) => message.startsWith(text))
  return `${pointer} ${start ?? message}`
}

/** A reference may lead to itself; both refuse that. */
const createCheck = (schema: JsonValue): Promise<SchemaCheck | undefined> =>
  createSchemaCompiler()
    .compileAccepted(schema)
    .catch(() => undefined)

const sorted = (texts: readonly string[]): string[] => [...new Set(texts)].sort()

it.each([false, true])('Should judge as Ajv does, draft-07: %s', async (isDraft7) => {
  const options = {
    allErrors: true,
    strict: false,
    logger: false,
    ownProperties: true,
    validateSchema: false,
  } as const
  let judged = 0
  await fc.assert(
    fc.asyncProperty(
      withDefinitions(isDraft7),
      fc.array(value, { maxLength: 6 }),
      async (schema, values) => {
        const ajv = isDraft7 ? new Ajv(options) : new Ajv2020(options)
        formatsModule.default(ajv)
        const check = await createCheck(schema)
        // Ajv takes every item for evaluated where there is `contains`.
        const text = JSON.stringify(schema)
        const differs = text.includes('"contains"') && text.includes('"unevaluatedItems"')
        if (check === undefined || differs) return
        const expected = ajv.compile(schema)
        for (const each of values) {
          judged++
          let isValid: boolean
          try {
            isValid = expected(each)
          } catch {
            continue // Ajv recurses without end, or compares by a method that the value has.
          }
          const found = check.violations(each)
          expect({ isValid: found.length === 0, found }).toMatchObject({ isValid })
          const errors = isValid ? [] : (expected.errors ?? [])
          // The engine reports no more than twenty. Of what a failed part has evaluated, and of
          // what contradicts itself, Ajv reports an error more or fewer.
          const isWhole =
            errors.length < 15 && !/"(?:unevaluated|minContains|maxContains)/.test(text)
          expect(isWhole ? sorted(found.map(plain)) : 0).toEqual(
            isWhole ? sorted(errors.map(inOurWords)) : 0,
          )
        }
      },
    ),
    { numRuns: Number(process.env['SCHEMA_RUNS'] ?? 300) },
  )
  expect(judged).toBeGreaterThan(100)
})
