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
/** Keywords whose values are plain data, whatever they look like. */
const data: ReadonlySet<string> = new Set(['const', 'default', 'enum', 'examples'])

/** What a part of a schema is. The keys of `named` are names of the author's, not keywords. */
export type SchemaPart = 'schema' | 'named' | 'data'

/** Returns what the value of a key is, by what holds the key. */
export function partAt(key: string, holder: SchemaPart): SchemaPart {
  if (holder !== 'schema') return holder === 'named' ? 'schema' : 'data'
  if (data.has(key)) return 'data'
  return maps.includes(key) ? 'named' : 'schema'
}

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
