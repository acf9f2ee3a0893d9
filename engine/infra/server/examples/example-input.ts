import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts'
import { fragmentOf, valueAtPointer } from '../../../core/json-pointer.ts'
import { textForPattern, textOfFormat } from './example-text.ts'

/** Which properties of an object an example shows. */
export interface ExampleOptions {
  readonly properties: 'all' | 'required'
}

/** Levels of a schema that an example shows: recursive schemas need no deep example. */
const maximumDepth = 8

interface Example extends ExampleOptions {
  /** The schema that `$ref` points into. */
  readonly root: JsonObject
}

/**
 * Returns an example that fits a schema: its own example or default if it has one, else a value
 * made from its keywords. It covers the common keywords, not all of JSON Schema.
 */
export function exampleInput(
  schema: JsonObject | undefined,
  { properties }: ExampleOptions = { properties: 'required' },
): JsonValue {
  return schema === undefined ? {} : exampleOf(schema, 0, { root: schema, properties })
}

function exampleOf(given: JsonValue | undefined, depth: number, example: Example): JsonValue {
  // Recursive schemas need no deep example.
  if (!isJsonObject(given) || depth > maximumDepth) return {}
  const schema = flatten(given, example.root, 0)
  const { const: only, default: fallback } = schema
  const [first] = [...listOf(schema['examples']), ...listOf(schema['enum'])]
  const known = [first, only, fallback].find((value) => value !== undefined)
  if (known !== undefined) return known
  const type = listOf(schema['type'])[0] ?? schema['type']
  if (type === 'array') return arrayExample(schema, depth, example)
  if (type === 'string') return textExample(schema)
  if (type === 'integer' || type === 'number') return numberExample(schema, type)
  if (type === 'boolean') return true
  if (type === 'null') return null
  return objectExample(schema, depth, example)
}

/** Follows `$ref`, and takes in `allOf` and the first of `anyOf` and `oneOf`. */
function flatten(schema: JsonObject, root: JsonObject, depth: number): JsonObject {
  if (depth > maximumDepth) return schema
  const { $ref: reference, allOf, anyOf, oneOf, ...own } = schema
  const parts = [
    targetOf(reference, root),
    ...listOf(allOf),
    listOf(anyOf)[0],
    listOf(oneOf)[0],
  ].filter((part) => isJsonObject(part))
  return parts.map((part) => flatten(part, root, depth + 1)).reduce<JsonObject>(merge, own)
}

function merge(a: JsonObject, b: JsonObject): JsonObject {
  const properties = { ...objectOf(a['properties']), ...objectOf(b['properties']) }
  const required = [...new Set([...listOf(a['required']), ...listOf(b['required'])])]
  return { ...b, ...a, properties, required }
}

function targetOf(reference: JsonValue | undefined, root: JsonObject): JsonValue | undefined {
  const pointer = typeof reference === 'string' ? fragmentOf(reference) : undefined
  return pointer === undefined ? undefined : valueAtPointer(root, pointer)
}

function objectExample(schema: JsonObject, depth: number, example: Example): JsonObject {
  const properties = objectOf(schema['properties'])
  const required = listOf(schema['required']).filter((name) => typeof name === 'string')
  const all = example.properties === 'all' ? Object.keys(properties) : []
  const names = new Set([...all, ...required])
  for (const name of Object.keys(properties)) {
    if (names.size >= leastOf(schema['minProperties'])) break
    names.add(name)
  }
  for (let i = 1; names.size < leastOf(schema['minProperties']); i++) names.add(`key${i}`)
  return Object.fromEntries(
    [...names].map((name) => {
      const own = Object.hasOwn(properties, name) ? properties[name] : undefined
      const property = own ?? schema['additionalProperties']
      return [name, isJsonObject(property) ? exampleOf(property, depth + 1, example) : 'text']
    }),
  )
}

/** Most items and properties that an example has because a schema wants so many. */
const mostEntries = 100

/** Reads the least number of entries that a keyword wants. */
const leastOf = (keyword: JsonValue | undefined): number =>
  typeof keyword === 'number' ? Math.min(keyword, mostEntries) : 0

function arrayExample(schema: JsonObject, depth: number, example: Example): JsonValue[] {
  const { minItems, uniqueItems, items, prefixItems, contains, minContains = 1 } = schema
  const length = leastOf(minItems)
  const first = listOf(prefixItems).map((item) => exampleOf(item, depth + 1, example))
  if (isJsonObject(contains))
    for (let i = 0; i < leastOf(minContains); i++)
      first.push(exampleOf(contains, depth + 1, example))
  const choices = uniqueItems === true && isJsonObject(items) ? listOf(items['enum']) : []
  return Array.from({ length: Math.max(length, first.length) }, (_, i) => {
    const item = first[i] ?? choices[i]
    if (item !== undefined) return item
    const made = isJsonObject(items) ? exampleOf(items, depth + 1, example) : 'text'
    return uniqueItems === true ? distinct(made, i) : made
  })
}

/** Makes the items of a list differ. */
function distinct(value: JsonValue, index: number): JsonValue {
  if (index === 0) return value
  if (typeof value === 'number') return value + index
  return typeof value === 'string' ? `${value}${index + 1}` : value
}

function textExample({ format, pattern, minLength, maxLength }: JsonObject): string {
  const least = typeof minLength === 'number' ? minLength : 0
  const special = typeof pattern === 'string' ? textForPattern(pattern, least) : undefined
  const text = textOfFormat(format) ?? special ?? 'text'
  const padded = text.padEnd(Math.min(least, 200), 'x')
  return typeof maxLength === 'number' ? padded.slice(0, maxLength) : padded
}

function numberExample(schema: JsonObject, type: 'integer' | 'number'): number {
  const number = (key: string): number | undefined => {
    const value = schema[key]
    return typeof value === 'number' ? value : undefined
  }
  const step = number('multipleOf') ?? (type === 'integer' ? 1 : undefined)
  const [above, below] = [number('exclusiveMinimum'), number('exclusiveMaximum')]
  const least = Math.max(number('minimum') ?? -Infinity, above ?? -Infinity)
  const most = Math.min(number('maximum') ?? Infinity, below ?? Infinity)
  const fits = (value: number): boolean =>
    value >= least && value <= most && value !== above && value !== below
  if (step !== undefined) {
    const lowest = Math.ceil(least / step) * step
    const highest = Math.floor(most / step) * step
    const choices = [step, lowest, lowest + step, highest, highest - step, 0]
    return choices.find((value) => Number.isFinite(value) && fits(value)) ?? step
  }
  const middle = Number.isFinite(least + most) ? [(least + most) / 2] : []
  const choices = [1, Math.floor(least) + 1, least, ...middle, Math.ceil(most) - 1, most]
  return choices.find((value) => Number.isFinite(value) && fits(value)) ?? 1
}

const listOf = (value: JsonValue | undefined): readonly JsonValue[] =>
  Array.isArray(value) ? value : []

const objectOf = (value: JsonValue | undefined): JsonObject => (isJsonObject(value) ? value : {})
