import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts'

/** Keywords that hold one schema, a list of schemas, or schemas by name. */
const single = [
  'additionalItems',
  'additionalProperties',
  'contains',
  'contentSchema',
  'else',
  'if',
  'items',
  'not',
  'propertyNames',
  'then',
  'unevaluatedItems',
  'unevaluatedProperties',
]
const lists = ['allOf', 'anyOf', 'items', 'oneOf', 'prefixItems']
const maps = [
  '$defs',
  'definitions',
  'dependencies',
  'dependentSchemas',
  'patternProperties',
  'properties',
]

/** A schema inside another one, with the keys that lead to it. */
export interface Subschema {
  readonly keyword: string
  readonly path: readonly (string | number)[]
  readonly schema: JsonValue
}

const isSchema = (value: JsonValue | undefined): value is JsonValue =>
  isJsonObject(value) || typeof value === 'boolean'

/** Lists the schemas directly inside a schema. */
export function subschemasOf(schema: JsonObject): Subschema[] {
  const found: Subschema[] = []
  const add = (keyword: string, path: Subschema['path'], value: JsonValue | undefined): void => {
    if (isSchema(value)) found.push({ keyword, path, schema: value })
  }
  for (const keyword of single) add(keyword, [keyword], schema[keyword])
  for (const keyword of lists) {
    const list = schema[keyword]
    if (Array.isArray(list)) {
      for (const [i, item] of list.entries()) add(keyword, [keyword, i], item as JsonValue)
    }
  }
  for (const keyword of maps) {
    const map = schema[keyword]
    if (!isJsonObject(map)) continue
    for (const [name, item] of Object.entries(map)) add(keyword, [keyword, name], item)
  }
  return found
}

/** Returns a copy of a schema in which `change` was applied to it and every schema inside it. */
export function mapSchemas(
  schema: JsonValue,
  change: (schema: JsonObject) => JsonObject,
): JsonValue {
  if (!isJsonObject(schema)) return schema
  const map = (inner: JsonValue): JsonValue => mapSchemas(inner, change)
  const mapKeyword = (keyword: string, value: JsonValue): JsonValue => {
    if (lists.includes(keyword) && Array.isArray(value)) return value.map(map)
    if (maps.includes(keyword) && isJsonObject(value))
      return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, map(inner)]))
    return single.includes(keyword) ? map(value) : value
  }
  const mapped = Object.entries(schema).map(
    ([keyword, value]) => [keyword, mapKeyword(keyword, value)] as const,
  )
  return change(Object.fromEntries(mapped))
}
