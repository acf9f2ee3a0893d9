import type { JsonValue } from '../../core/json.ts'

/** The value of a key where it is there and is no template. */
export function literalOf(value: JsonValue | undefined): JsonValue | undefined {
  if (value === null) return undefined
  return typeof value === 'string' && value.includes('{{') ? undefined : value
}
