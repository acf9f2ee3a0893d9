/** The keys of `T` whose value may be undefined. */
type UndefinedKeys<T> = { [K in keyof T]-?: undefined extends T[K] ? K : never }[keyof T]

/** `T` with each key that may be undefined made optional instead. */
export type Defined<T> = {
  [K in Exclude<keyof T, UndefinedKeys<T>>]: T[K]
} & { [K in UndefinedKeys<T>]?: Exclude<T[K], undefined> }

/**
 * Returns the object without its undefined values, for a type whose optional keys are absent
 * rather than undefined (`exactOptionalPropertyTypes`).
 *
 * @example defined({ id, timeout: field?.timeout }) // no `timeout` key when the field has none
 */
export function defined<const T extends object>(value: T): Defined<T> {
  // A plain loop: several times faster than `Object.fromEntries` of filtered entries.
  const result: Partial<Record<keyof T, unknown>> = {}
  for (const key of Object.keys(value) as (keyof T)[])
    if (value[key] !== undefined) result[key] = value[key]
  return result as Defined<T>
}

/** `T` whose properties may be assigned: an object while it is built. */
export type Mutable<T> = { -readonly [K in keyof T]: T[K] }
