import { isJsonObject, type JsonObject } from '../../core/json.ts'

/** Keywords that may allow properties which `properties` does not list. */
const openingKeywords = [
  '$ref',
  '$dynamicRef',
  'allOf',
  'anyOf',
  'oneOf',
  'if',
  'dependentSchemas',
  'patternProperties',
] as const

function isPlain(schema: unknown): schema is JsonObject {
  return isJsonObject(schema) && !openingKeywords.some((keyword) => Object.hasOwn(schema, keyword))
}

/**
 * Finds the first key of a path that a JSON Schema rules out: an object there is closed
 * (`additionalProperties: false`) and lists other properties. Anything that the schema leaves open
 * passes.
 *
 * @returns the index of the key in the path, and the keys that are allowed
 */
export function findRuledOutKey(
  schema: unknown,
  path: readonly string[],
): { index: number; allowed: readonly string[] } | undefined {
  let current = schema
  for (const [index, key] of path.entries()) {
    if (!isPlain(current)) return undefined
    const { properties = {}, additionalProperties, items } = current
    if (!isJsonObject(properties)) return undefined
    if (current['type'] === 'array') current = /^\d+$/.test(key) ? items : undefined
    else if (Object.hasOwn(properties, key)) current = properties[key]
    else if (additionalProperties === false) return { index, allowed: Object.keys(properties) }
    else return undefined
  }
  return undefined
}
