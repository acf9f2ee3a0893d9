/** Any JSON value; the type of everything that crosses Temporal, HTTP or a tool's process. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject

/** A JSON object. A key whose value is `undefined` counts as missing. */
export interface JsonObject {
  readonly [key: string]: JsonValue
}

/** Reports whether a JSON value is an object, not null and not a list. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
