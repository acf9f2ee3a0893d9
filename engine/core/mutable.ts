/** `T` whose properties may be assigned: an object while it is built. */
export type Mutable<T> = { -readonly [K in keyof T]: T[K] }
