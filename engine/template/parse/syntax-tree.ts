import type { JsonValue } from '../../core/json.ts'

/**
 * What the opaque tuples of `ir.ts` really are. `at` is an offset into the template's source. Text between actions
 * is kept as it is written out, whitespace already trimmed.
 */
export type Expression =
  | readonly ['lit', value: JsonValue, at: number, length: number]
  | readonly ['dot', at: number]
  /** `$x`, or `$` for the root. */
  | readonly ['var', name: string, at: number]
  /** `.a.b` after its base; `at` is where the first dot stands. */
  | readonly ['path', base: Expression, keys: readonly string[], at: number]
  /** A piped value is already the last argument; `at` is where the name stands. */
  | readonly ['call', name: string, args: readonly Expression[], at: number]

/** Variables that a pipeline sets: `$x :=` declares, `$x =` changes one that is there. */
export type Binding = readonly [names: readonly string[], declares: boolean]

export type Statement =
  | readonly ['text', text: string]
  | readonly ['out', value: Expression]
  | readonly ['set', binding: Binding, value: Expression]
  | readonly ['if', binding: Binding | null, test: Expression, body: Block, otherwise: Block]
  | readonly ['with', binding: Binding | null, value: Expression, body: Block, otherwise: Block]
  | readonly ['range', binding: Binding | null, over: Expression, body: Block, otherwise: Block]
  | readonly ['break']
  | readonly ['continue']

export type Block = readonly Statement[]
