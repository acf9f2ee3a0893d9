import type { JsonValue } from '../../core/json.ts'

/** Returns the value of a key unless it is absent or a template. */
export function literalOf(value: JsonValue | undefined): JsonValue | undefined {
  if (value === null) return undefined
  return typeof value === 'string' && value.includes('{{') ? undefined : value
}
