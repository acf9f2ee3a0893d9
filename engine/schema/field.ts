/**
 * Roots that a field's templates may use on top of those that are always there (`workflow input
 * tasks env project trigger parent`, and inherited `item`/`index`).
 */
export type AddedRoot = 'output' | 'error' | 'item' | 'index' | 'signal' | 'processor'

/**
 * How the tasks of a list follow each other: by their edges (in the order of the list where none
 * has any), or all at once.
 */
export type TaskOrder = 'in_turn' | 'together'

interface Common {
  readonly doc: string
  readonly required?: true
}

/**
 * The value of a task's key, as data. One declaration serves the loader (positions, messages,
 * unknown keys), the compiler (YAML to IR), the template checker, the JSON Schema for editors, and
 * the docs.
 */
export type Field = Common &
  (
    | { readonly is: 'text' }
    /** An identifier that renames a root for the children: collection's `item_var`, `index_var`. */
    | { readonly is: 'variable'; readonly renames: 'item' | 'index' }
    | { readonly is: 'template'; readonly adds?: readonly AddedRoot[] }
    /** `neverText`: a template that stands alone in it gives a list or an object. */
    | {
        readonly is: 'tree'
        readonly adds?: readonly AddedRoot[]
        readonly neverText?: true
      }
    | {
        readonly is: 'condition'
        readonly adds?: readonly AddedRoot[]
        /** Evaluated while the task runs: concurrent siblings may have ended by then. */
        readonly whileRunning?: true
        /** Its value may be any, not only true or false. */
        readonly givesAny?: true
      }
    /**
     * `isPositive`: not 0. `timer`: what it is in messages, where Temporal keeps it as a timer of
     * the run: `a pause`.
     */
    | { readonly is: 'duration'; readonly isPositive?: true; readonly timer?: string }
    | { readonly is: 'integer'; readonly min: number; readonly max: number }
    | { readonly is: 'boolean' }
    | { readonly is: 'choice'; readonly of: readonly string[] }
    /** The id of a sibling task. */
    | { readonly is: 'next' }
    /** One inline task; `adds` are roots that it and everything below it see. */
    | {
        readonly is: 'task'
        readonly adds?: readonly AddedRoot[]
        readonly idIsTemplate?: true
        /** Its id without one: the id of the task around it, and this. */
        readonly defaultIdSuffix: string
      }
    | {
        readonly is: 'tasks'
        readonly order: TaskOrder
        /** The field that limits how many run at once. */
        readonly slots?: string
      }
    /** The id of a sibling, or an inline task. */
    | { readonly is: 'route' }
    /** Routes by key. */
    | { readonly is: 'routes' }
    /** The id of a workflow of the project. */
    | { readonly is: 'workflow_id' }
    /** Names a tool; the task's kind resolves it. */
    | { readonly is: 'tool' }
    | { readonly is: 'object'; readonly fields: Fields }
  )

/** Fields by YAML key. */
export type Fields = Readonly<Record<string, Field>>

/** Fields whose values only the compiler of tasks can read. */
export type TaskField = Extract<
  Field,
  {
    is:
      | 'variable'
      | 'template'
      | 'tree'
      | 'condition'
      | 'next'
      | 'task'
      | 'tasks'
      | 'route'
      | 'routes'
      | 'workflow_id'
      | 'tool'
  }
>
