import { isJsonObject, type JsonValue } from '../../core/json.ts'
import type { Path } from '../../core/source.ts'
import type { TreeIr } from '../ir.ts'
import { hasTemplate, parseTemplate } from './parse-template.ts'
import { TemplateSyntaxError } from './problem.ts'

/** Where the strings of a tree are, and what receives their syntax errors. */
export interface TreeOptions {
  /** `file:line:column` of the string at `path` (relative to the tree). */
  readonly place: (path: Path) => string
  readonly onError: (path: Path, error: TemplateSyntaxError) => void
  /** Told of a key with `{{ }}`, which stays as it is written. */
  readonly onTemplateKey?: (path: Path) => void
}

/**
 * Compiles every string with `{{ }}` in a JSON value; keys are never templates. A string that does
 * not parse is reported and counts as a literal, so one pass finds every error.
 */
export function compileTree(value: JsonValue, options: TreeOptions): TreeIr {
  return compile(value, [], options)
}

function compile(value: JsonValue, path: Path, options: TreeOptions): TreeIr {
  if (typeof value === 'string') return compileString(value, path, options)
  if (Array.isArray(value)) {
    const items = value.map((item: JsonValue, index) => compile(item, [...path, index], options))
    return items.every(isLiteral) ? { t: 'lit', value } : { t: 'list', items }
  }
  if (isJsonObject(value)) {
    const entries = Object.entries(value).map(([key, item]) => {
      const at = [...path, key]
      if (hasTemplate(key)) options.onTemplateKey?.(at)
      return [key, compile(item, at, options)] as const
    })
    return entries.every(([, item]) => isLiteral(item))
      ? { t: 'lit', value }
      : { t: 'obj', entries }
  }
  return { t: 'lit', value }
}

function isLiteral(tree: TreeIr): boolean {
  return tree.t === 'lit'
}

function compileString(text: string, path: Path, options: TreeOptions): TreeIr {
  if (!hasTemplate(text)) return { t: 'lit', value: text }
  try {
    return { t: 'tpl', template: parseTemplate(text, options.place(path)) }
  } catch (error) {
    if (!(error instanceof TemplateSyntaxError)) throw error
    options.onError(path, error)
    return { t: 'lit', value: text }
  }
}
