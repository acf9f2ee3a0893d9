import type { JsonValue } from '../../core/json.ts'
import { isJsonObject } from '../../core/json.ts'

/** Levels of a schema that an example shows. */
const maximumDepth = 5

const byType: Readonly<Record<string, JsonValue>> = {
  array: [],
  boolean: true,
  integer: 1,
  null: null,
  number: 1,
  object: {},
  string: 'text',
}

/**
 * Returns a value that shows what a schema asks for: its examples and defaults where it has any.
 */
export function exampleOf(schema: JsonValue | undefined, depth = 0): JsonValue {
  if (!isJsonObject(schema)) return {}
  const { examples, default: fallback, const: constant, enum: choices, properties } = schema
  if (Array.isArray(examples) && examples.length > 0) return examples[0] as JsonValue
  if (fallback !== undefined) return fallback
  if (constant !== undefined) return constant
  if (Array.isArray(choices) && choices.length > 0) return choices[0] as JsonValue
  if (isJsonObject(properties) && depth < maximumDepth) {
    const entries = Object.entries(properties).map(
      ([name, inner]) => [name, exampleOf(inner, depth + 1)] as const,
    )
    return Object.fromEntries(entries)
  }
  const type = Array.isArray(schema['type']) ? (schema['type'][0] as JsonValue) : schema['type']
  const minimum = schema['minimum']
  if ((type === 'integer' || type === 'number') && typeof minimum === 'number') return minimum
  return byType[typeof type === 'string' ? type : 'object'] ?? {}
}
