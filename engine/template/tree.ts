import type { JsonValue } from '../core/json.ts'
import type { Path } from '../core/source.ts'
import type { TreeIr } from './ir.ts'
import type { TemplateSyntaxError } from './problem.ts'

/** Where the strings of a tree stand, and who hears of those that do not parse. */
export interface TreeOptions {
  /** `file:line:column` of the string at `path` (relative to the tree). */
  readonly place: (path: Path) => string
  readonly onError: (path: Path, error: TemplateSyntaxError) => void
}

/** Compiles every string with `{{ }}` in a JSON value. Keys are not templated. A string that fails counts as literal. */
export function compileTree(value: JsonValue, options: TreeOptions): TreeIr {
  throw new Error(`not built yet: ${JSON.stringify(value)} ${options.place([])}`)
}
