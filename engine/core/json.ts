/** Any value that JSON can hold. What crosses Temporal, HTTP or a tool's process is of this type. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject

/** A JSON object. A key that is there but `undefined` counts as missing. */
export interface JsonObject {
  readonly [key: string]: JsonValue
}

/** Whether a JSON value is an object (not null, not a list). */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
