import { isJsonObject, type JsonValue } from '../../../core/json.ts'

/** Reports whether the value of a keyword is surely what both drafts want. */
type KeywordCheck = (value: JsonValue, levels: number) => boolean

/** Levels of schemas that are checked here; deeper ones are left to the metaschema. */
const maximumLevels = 50

const anything: KeywordCheck = () => true
const text: KeywordCheck = (value) => typeof value === 'string'
const flag: KeywordCheck = (value) => typeof value === 'boolean'
const number: KeywordCheck = (value) => typeof value === 'number'
const positive: KeywordCheck = (value) => typeof value === 'number' && value > 0
const count: KeywordCheck = (value) => Number.isInteger(value) && (value as number) >= 0
const list: KeywordCheck = (value) => Array.isArray(value)
const identifier: KeywordCheck = (value) => typeof value === 'string' && !value.includes('#')

const typeNames: ReadonlySet<JsonValue> = new Set([
  'array',
  'boolean',
  'integer',
  'null',
  'number',
  'object',
  'string',
])

const areDistinct = (items: readonly JsonValue[]): boolean => new Set(items).size === items.length

const type: KeywordCheck = (value) => {
  if (!Array.isArray(value)) return typeNames.has(value)
  const names = value as readonly JsonValue[]
  return names.length > 0 && names.every((name) => typeNames.has(name)) && areDistinct(names)
}

const names: KeywordCheck = (value) => {
  if (!Array.isArray(value)) return false
  const items = value as readonly JsonValue[]
  return items.every((name) => typeof name === 'string') && areDistinct(items)
}

/** Lists and mappings are left to the metaschema of draft-07, which wants distinct ones. */
const choices: KeywordCheck = (value) => {
  if (!Array.isArray(value)) return false
  const items = value as readonly JsonValue[]
  const isPlain = items.every((item) => typeof item !== 'object' || item === null)
  return items.length > 0 && isPlain && areDistinct(items)
}

const schema: KeywordCheck = (value, levels) => {
  if (typeof value === 'boolean') return true
  if (!isJsonObject(value) || levels === 0) return false
  return Object.entries(value).every(([name, item]) => {
    const check = keywords.get(name)
    return check !== undefined && check(item, levels - 1)
  })
}

const schemas: KeywordCheck = (value, levels) =>
  Array.isArray(value) &&
  value.length > 0 &&
  (value as readonly JsonValue[]).every((item) => schema(item, levels))

const schemaMap: KeywordCheck = (value, levels) =>
  isJsonObject(value) && Object.values(value).every((item) => schema(item, levels))

/** The keywords whose values both drafts want alike, or that draft-07 ignores. */
const checks: readonly (readonly [KeywordCheck, string])[] = [
  [anything, 'const default'],
  [choices, 'enum'],
  [
    count,
    'maxContains maxItems maxLength maxProperties minContains minItems minLength minProperties',
  ],
  [flag, 'deprecated readOnly uniqueItems writeOnly'],
  [identifier, '$id'],
  [list, 'examples'],
  [names, 'required'],
  [number, 'exclusiveMaximum exclusiveMinimum maximum minimum'],
  [positive, 'multipleOf'],
  [schema, 'additionalProperties contains else if items not propertyNames then'],
  [schemas, 'allOf anyOf oneOf prefixItems'],
  [schemaMap, '$defs definitions patternProperties properties'],
  [text, '$comment $ref description format pattern title'],
  [type, 'type'],
]
const keywords: ReadonlyMap<string, KeywordCheck> = new Map(
  checks.flatMap(([check, words]) => words.split(' ').map((name) => [name, check] as const)),
)

/**
 * Reports whether a schema is surely valid, in both drafts: it has only common keywords, each with
 * a value that both metaschemas accept. False says nothing: the metaschema decides.
 */
export function isPlainSchema(value: JsonValue): boolean {
  return schema(value, maximumLevels)
}
