import type { Fields } from './field.ts'

/** A basic task's own keys: none, for the compiler resolves `tool` and `$use` to the key of a tool. */
export const basicFields = {} as const satisfies Fields
