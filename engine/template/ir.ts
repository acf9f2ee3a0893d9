import type { JsonValue } from '../core/json.ts'

/**
 * Compiled templates as plain JSON. They travel in a run's start argument: no functions, no class
 * instances, and a shape that may only grow (see `irVersion` in `definition/workflow-ir.ts`).
 */

/**
 * One string with `{{ … }}`. `place` is `file:line:column` of the string, for errors at run time.
 */
export interface TemplateIr {
  readonly place: string
  readonly source: string
  readonly body: readonly NodeIr[]
}

/** Syntax nodes; parse/syntax-tree.ts has their real types. */
export type NodeIr = readonly [kind: string, ...rest: readonly unknown[]]

/**
 * A tree of JSON in which any string may be a template (`with`, `outputs`, `env`, `payload`).
 * `lit`: no template below; `tpl`: one string; `obj` / `list`: mixed.
 */
export type TreeIr =
  | { readonly t: 'lit'; readonly value: JsonValue }
  | { readonly t: 'tpl'; readonly template: TemplateIr }
  | { readonly t: 'obj'; readonly entries: readonly (readonly [string, TreeIr])[] }
  | { readonly t: 'list'; readonly items: readonly TreeIr[] }

/**
 * A condition: a template, or a CEL expression kept as text (checked at load, parsed again where it
 * runs).
 */
export type ConditionIr =
  | { readonly t: 'tpl'; readonly template: TemplateIr }
  | { readonly t: 'cel'; readonly source: string; readonly place: string }
