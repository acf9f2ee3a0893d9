import type { JsonValue } from '../../core/json.ts'
import type { TemplateIr } from '../ir.ts'

/**
 * The real types of the opaque tuples in `ir.ts`. `at` is an offset into the template's source.
 * Text between actions is kept as it is written, with whitespace already trimmed.
 */
export type Expression =
  | readonly ['lit', value: JsonValue, at: number, length: number]
  | readonly ['dot', at: number]
  /** `$x`, or `$` for the roots. */
  | readonly ['var', name: string, at: number]
  | PathExpression
  | CallExpression

/** `.a.b` after its base; `at` is the offset of the first dot. */
export type PathExpression = readonly [
  'path',
  base: Expression,
  keys: readonly string[],
  at: number,
]

/** A function call; a piped value is already the last argument. `at` is the offset of the name. */
export type CallExpression = readonly [
  'call',
  name: string,
  args: readonly Expression[],
  at: number,
]

/** Variables that a pipeline sets: `$x :=` declares, `$x =` changes an existing one. */
export type Binding = readonly [names: readonly string[], declares: boolean]

export type Statement =
  | readonly ['text', text: string]
  | readonly ['out', value: Expression]
  | readonly ['set', binding: Binding, value: Expression]
  | ChoiceStatement
  | RangeStatement
  | readonly ['break']
  | readonly ['continue']

/** `{{ if }}` or `{{ with }}`. */
export type ChoiceStatement = readonly [
  kind: 'if' | 'with',
  binding: Binding | null,
  test: Expression,
  body: Block,
  otherwise: Block,
]

/** `{{ range }}`. */
export type RangeStatement = readonly [
  'range',
  binding: Binding | null,
  over: Expression,
  body: Block,
  otherwise: Block,
]

export type Block = readonly Statement[]

/** Returns a template's statements. */
export function blockOf(template: TemplateIr): Block {
  // The IR types the body as JSON. Only the parser makes a TemplateIr, so it is a Block.
  return template.body as unknown as Block
}

/** Reports whether a template is one `{{ expression }}`: all others give text. */
export function isOneAction(template: TemplateIr): boolean {
  const [only, ...more] = blockOf(template)
  return only?.[0] === 'out' && more.length === 0
}
