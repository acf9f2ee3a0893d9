import type { Violation } from '../../core/errors.ts'
import type { JsonObject, JsonValue } from '../../core/json.ts'
import { didYouMean, listNames } from '../../core/nearest.ts'
import type { Path } from '../../core/source.ts'
import { unsupportedReason } from '../../schema/migration-hints.ts'
import { kindOf, type Report } from '../../schema/report.ts'

const directive = /^(\w+)\(\s*(\w+)::(\w+)\.#\(\s*id\s*==?\s*(["'])([^"']*)\4\s*\)\s*\)$/
const example = '$use: tool(local::tools.#(id=="price"))'

/** What the loader knows about the input of a tool or a workflow. */
export interface KnownInput {
  readonly inputSchema?: JsonObject
  /** Returns the violations of an input. */
  violations?(input: JsonValue): readonly Violation[]
}

/** What the loader knows about a tool. */
export interface KnownTool extends KnownInput {
  /** The tool's own limit, ms. */
  readonly timeoutMs?: number
}

/** Where a reference is looked up: the tools of the workflow and of the project. */
export interface ToolScope {
  readonly workflowId: string
  /** All tools by key: `<workflow id>/<tool id>` and `<tool id>`. */
  readonly tools: ReadonlyMap<string, KnownTool>
  /** Time limit of a call unless the task or the tool sets one, ms. */
  readonly timeoutMs: number
}

function idsOf(
  { workflowId, tools }: ToolScope,
  scope: 'local' | 'global' | 'both',
): readonly string[] {
  const own = `${workflowId}/`
  const local = [...tools.keys()]
    .filter((key) => key.startsWith(own))
    .map((key) => key.slice(own.length))
  const global = [...tools.keys()].filter((key) => !key.includes('/'))
  if (scope === 'local') return local
  return scope === 'global' ? global : [...new Set([...local, ...global])]
}

function lookUp(
  id: string,
  where: 'local' | 'global' | 'both',
  path: Path,
  scope: ToolScope,
  report: Report,
): string | undefined {
  const own = `${scope.workflowId}/${id}`
  if (where !== 'global' && scope.tools.has(own)) return own
  if (where !== 'local' && scope.tools.has(id)) return id
  const known = idsOf(scope, where)
  const place = {
    local: 'in this workflow',
    global: 'in compozy.yaml',
    both: 'in this workflow or in compozy.yaml',
  }[where]
  const hint =
    known.length > 0 ? `declared ${place}: ${listNames(known)}` : `declare it under tools: ${place}`
  report.error(path, `unknown tool "${id}"${didYouMean(id, known)}`, { hint })
  return undefined
}

/** Resolves `$use: tool(local::tools.#(id=="x"))` to the tool's key; `=` counts for `==`. */
function resolveUse(
  text: string,
  path: Path,
  scope: ToolScope,
  report: Report,
): string | undefined {
  const [, kind, place, list, , id] = directive.exec(text.trim()) ?? []
  if (text.startsWith('agent('))
    report.error(path, 'not supported: agents', { hint: unsupportedReason })
  else if (kind !== 'tool' || list !== 'tools' || (place !== 'local' && place !== 'global'))
    report.error(path, `"${text}" is no reference to a tool`, {
      hint: `write tool: <id>, or ${example}`,
    })
  else return lookUp(id!, place, path, scope, report)
  return undefined
}

/**
 * Returns the key of the tool that a basic task calls, by `tool:` or `$use:`; reports a wrong
 * reference.
 */
export function resolveTool(
  raw: { readonly tool?: JsonValue; readonly $use?: JsonValue },
  path: Path,
  scope: ToolScope,
  report: Report,
): string | undefined {
  const given = (['tool', '$use'] as const).filter(
    (key) => raw[key] !== undefined && raw[key] !== null,
  )
  if (given.length === 0) {
    report.error(path, 'a basic task calls a tool, and this one names none', {
      hint: `write tool: <id>, or ${example}`,
    })
    return undefined
  }
  if (given.length === 2) {
    report.error([...path, '$use'], 'both "tool" and "$use"; one of them names the tool', {
      key: true,
    })
    return undefined
  }
  const [key] = given as ['tool' | '$use']
  const value = raw[key]
  const at = [...path, key]
  if (typeof value !== 'string' || value === '') {
    const hint = 'declare the tool under tools: and write its id here'
    report.error(at, `"${key}" must be the id of a tool, not ${kindOf(value)}`, { hint })
    return undefined
  }
  const isDirective = key === '$use' || value.includes('(')
  return isDirective
    ? resolveUse(value, at, scope, report)
    : lookUp(value, 'both', at, scope, report)
}
