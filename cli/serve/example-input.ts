import { isJsonObject, type JsonObject, type JsonValue } from '../../engine/core/json.ts'

const byType: Readonly<Record<string, JsonValue>> = {
  string: 'text',
  integer: 1,
  number: 1,
  boolean: true,
  null: null,
}

/**
 * Returns an example input for a schema: its own example or default if it has one, else an object
 * with every required property. It covers the common keywords, not all of JSON Schema.
 */
export function exampleInput(schema: JsonObject | undefined): JsonValue {
  return schema === undefined ? {} : exampleOf(schema, 0)
}

function exampleOf(schema: JsonObject, depth: number): JsonValue {
  const { examples, const: only, default: fallback, enum: choices } = schema
  const [first] = [...listOf(examples), ...listOf(choices)]
  const given = [first, only, fallback].find((value) => value !== undefined)
  if (given !== undefined) return given
  const type = listOf(schema['type'])[0] ?? schema['type']
  // Recursive schemas need no deep example.
  if (depth > 8) return {}
  if (type === 'array') return arrayExample(schema, depth)
  if (type === 'object' || type === undefined || isJsonObject(schema['properties']))
    return objectExample(schema, depth)
  if (type === 'string') return textExample(schema)
  if (type === 'integer' || type === 'number') return numberExample(schema)
  return typeof type === 'string' ? (byType[type] ?? {}) : {}
}

function objectExample(schema: JsonObject, depth: number): JsonObject {
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {}
  const required = listOf(schema['required']).filter((name) => typeof name === 'string')
  return Object.fromEntries(
    required.map((name) => {
      const property = Object.hasOwn(properties, name) ? properties[name] : undefined
      return [name, isJsonObject(property) ? exampleOf(property, depth + 1) : 'text']
    }),
  )
}

function arrayExample(schema: JsonObject, depth: number): JsonValue[] {
  const length = typeof schema['minItems'] === 'number' ? schema['minItems'] : 0
  const items = isJsonObject(schema['items']) ? exampleOf(schema['items'], depth + 1) : 'text'
  return Array.from({ length: Math.min(length, 10) }, () => items)
}

const formats: Readonly<Record<string, string>> = {
  date: '2026-01-31',
  'date-time': '2026-01-31T08:00:00Z',
  email: 'ada@example.com',
  uri: 'https://example.com',
  uuid: '00000000-0000-4000-8000-000000000000',
}

function textExample({ format, minLength }: JsonObject): string {
  const text = (typeof format === 'string' ? formats[format] : undefined) ?? 'text'
  return typeof minLength === 'number' ? text.padEnd(Math.min(minLength, 200), 'x') : text
}

function numberExample({ minimum, exclusiveMinimum }: JsonObject): number {
  if (typeof exclusiveMinimum === 'number') return Math.floor(exclusiveMinimum) + 1
  return typeof minimum === 'number' ? minimum : 1
}

const listOf = (value: JsonValue | undefined): readonly JsonValue[] =>
  Array.isArray(value) ? value : []
