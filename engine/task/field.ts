import type { ConditionIr, TemplateIr, TreeIr } from '../template/ir.ts'
import type { TaskIr } from './ir.ts'

/**
 * Roots that a field's templates may use on top of those that are always there (`workflow input tasks env project
 * trigger parent`, and inherited `item`/`index`).
 */
export type AddedRoot = 'output' | 'error' | 'item' | 'index' | 'signal' | 'processor'

interface Common {
  readonly doc: string
  readonly required?: true
}

/**
 * What may stand under a key of a task, as data. One declaration serves the loader (positions, messages, unknown
 * keys), the compiler (YAML -> IR), the checker of templates, the JSON Schema for editors and the docs.
 */
export type Field = Common &
  (
    | { readonly is: 'text' }
    /** An identifier that renames a root for the children: collection's `item_var`, `index_var`. */
    | { readonly is: 'variable'; readonly renames: 'item' | 'index' }
    | { readonly is: 'template'; readonly adds?: readonly AddedRoot[] }
    | { readonly is: 'tree'; readonly adds?: readonly AddedRoot[] }
    | { readonly is: 'condition'; readonly adds?: readonly AddedRoot[] }
    | { readonly is: 'duration' }
    | { readonly is: 'integer'; readonly min: number; readonly max: number }
    | { readonly is: 'boolean' }
    | { readonly is: 'choice'; readonly of: readonly string[] }
    /** The id of a sibling task. */
    | { readonly is: 'next' }
    /** One inline task; `adds` are roots that it and everything below it see. `defaultId` when it gives none. */
    | {
        readonly is: 'task'
        readonly adds?: readonly AddedRoot[]
        readonly idIsTemplate?: true
        readonly defaultIdSuffix?: string
      }
    | { readonly is: 'tasks' }
    /** key -> sibling id or inline task. */
    | { readonly is: 'routes' }
    /** The id of a workflow of the project. */
    | { readonly is: 'workflow' }
    | { readonly is: 'object'; readonly fields: Fields }
  )

/** Fields by YAML key. */
export type Fields = Readonly<Record<string, Field>>

type CompiledField<F extends Field> = F extends { is: 'text' | 'variable' | 'next' | 'workflow' }
  ? string
  : F extends { is: 'choice'; of: readonly (infer W)[] }
    ? W
    : F extends { is: 'template' }
      ? TemplateIr
      : F extends { is: 'tree' }
        ? TreeIr
        : F extends { is: 'condition' }
          ? ConditionIr
          : F extends { is: 'duration' | 'integer' }
            ? number
            : F extends { is: 'boolean' }
              ? boolean
              : F extends { is: 'task' }
                ? TaskIr
                : F extends { is: 'tasks' }
                  ? readonly TaskIr[]
                  : F extends { is: 'routes' }
                    ? Readonly<Record<string, string | TaskIr>>
                    : F extends { is: 'object'; fields: infer S extends Fields }
                      ? CompiledFields<S>
                      : never

/** What the compiler makes of fields: the same keys, values compiled, optional unless `required`. Durations in ms. */
export type CompiledFields<S extends Fields> = {
  readonly [K in keyof S as S[K] extends { required: true } ? K : never]: CompiledField<S[K]>
} & {
  readonly [K in keyof S as S[K] extends { required: true } ? never : K]?: CompiledField<S[K]>
}
