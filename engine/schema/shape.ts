import type { JsonObject, JsonValue } from '../core/json.ts'
import type { Field } from './field.ts'

/**
 * The value of a key outside tasks: the shapes of `field.ts` and a few more. The same data drives
 * the loader, the JSON Schemas for editors, and the docs.
 */
export type Shape =
  | Exclude<Field, { is: 'object' }>
  | (Documented &
      (
        | {
            readonly is: 'object'
            readonly fields: Shapes
            /** What it is called in messages: `a tool`. */
            readonly named?: string
            /** Keys that were here once, with what to write instead. */
            readonly moved?: Moved
          }
        /** `^[A-Za-z][A-Za-z0-9_-]{0,62}$` */
        | { readonly is: 'id' }
        /** Free text: names of signals and events, as `isFreeName` allows. */
        | { readonly is: 'name' }
        /** Text; a number or boolean counts as it is written: `version: 1.0` is "1.0". */
        | { readonly is: 'scalar' }
        /** Text that fits a pattern; `allowed` says it in words. */
        | { readonly is: 'pattern'; readonly pattern: string; readonly allowed: string }
        | { readonly is: 'number'; readonly min?: number; readonly max?: number }
        /** RFC 3339. */
        | { readonly is: 'time' }
        | { readonly is: 'list'; readonly of: Shape; readonly min?: number; readonly max?: number }
        | {
            readonly is: 'map'
            readonly of: Shape
            readonly keys?: { readonly pattern: string; readonly allowed: string }
          }
        /** A JSON Schema, or a reference to one. */
        | { readonly is: 'schema' }
        | { readonly is: 'json' }
        /** A mapping that another part of the engine reads. */
        | { readonly is: 'mapping' }
      ))

interface Documented {
  readonly doc: string
  readonly required?: true
}

/** Keys of Compozy's earlier YAML, each with its replacement. */
export type Moved = Readonly<Record<string, string>>

/** Shapes by YAML key. */
export type Shapes = Readonly<Record<string, Shape>>

/** What ids look like, as a pattern and in words. */
export const idPattern = '^[A-Za-z][A-Za-z0-9_-]{0,62}$'
export const idAllowed = 'a letter first, then letters, digits, "_" and "-", at most 63 in all'

/**
 * What reading a shape gives, for the shapes that need no knowledge of tasks. Durations in
 * milliseconds.
 */
export type ShapeValue<S> = S extends { is: 'id' | 'name' | 'scalar' | 'pattern' | 'time' | 'text' }
  ? string
  : S extends { is: 'choice'; of: readonly (infer W)[] }
    ? W
    : S extends { is: 'number' | 'integer' | 'duration' }
      ? number
      : S extends { is: 'boolean' }
        ? boolean
        : S extends { is: 'list'; of: infer O }
          ? readonly ShapeValue<O>[]
          : S extends { is: 'map'; of: infer O }
            ? Readonly<Record<string, ShapeValue<O>>>
            : S extends { is: 'object'; fields: infer F extends Shapes }
              ? ShapeValues<F>
              : S extends { is: 'mapping' }
                ? JsonObject
                : JsonValue

/**
 * What reading shapes gives: whatever is missing or wrong is left out, `required` or not; the
 * report says why.
 */
export type ShapeValues<F extends Shapes> = { readonly [K in keyof F]?: ShapeValue<F[K]> }
