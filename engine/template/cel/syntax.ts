import { parse } from './library.ts'
import { TemplateSyntaxError } from '../parse/problem.ts'

/** A parsed expression, with the offset of each of its nodes. */
export type CelSyntax = ReturnType<typeof parse>

/** One node of a parsed expression. */
export type CelNode = CelSyntax['expr']

const maximumLength = 10_000
const maximumNesting = 100

/** Parses a CEL expression. @throws TemplateSyntaxError with offsets into the source */
export function parseCel(source: string): CelSyntax {
  checkSize(source)
  try {
    return parse(source)
  } catch (error) {
    throw syntaxError(source, error)
  }
}

/** Bounds what the recursive parser may be given. */
function checkSize(source: string): void {
  if (source.length > maximumLength) {
    const message = `a condition may have ${maximumLength} characters, this one has ${source.length}`
    throw new TemplateSyntaxError({ message, offset: 0, length: source.length })
  }
  let depth = 0
  for (const { 0: bracket, index: offset } of source.matchAll(/[()[\]{}]/g)) {
    depth += '([{'.includes(bracket) ? 1 : -1
    if (depth <= maximumNesting) continue
    const message = `brackets nest deeper than ${maximumNesting} levels`
    throw new TemplateSyntaxError({ message, offset, length: 1 })
  }
}

function syntaxError(source: string, error: unknown): TemplateSyntaxError {
  const offset = Math.min(offsetOf(error) ?? 0, source.length)
  const found = source.slice(offset).match(/^(?:\w+|[=!<>&|]+|\S)/u)?.[0]
  const message =
    offsetOf(error) === undefined
      ? `this is no CEL expression: ${error instanceof Error ? error.message : String(error)}`
      : found === undefined
        ? 'the CEL expression ends too early'
        : `unexpected "${found}" in a CEL expression`
  const hint =
    found === '='
      ? 'write == to compare'
      : 'a condition is a CEL expression, or a template with {{ }}'
  return new TemplateSyntaxError({ message, offset, length: found?.length ?? 1, hint })
}

function offsetOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('location' in error)) return undefined
  return (error as { location?: { start?: { offset?: number } } }).location?.start?.offset
}

/** Where a node stands in the source. */
export function offsetOfNode(syntax: CelSyntax, node: CelNode): number {
  return syntax.sourceInfo?.positions[String(node.id)] ?? 0
}

/** The nodes directly below a node. */
export function childNodes({ exprKind }: CelNode): CelNode[] {
  switch (exprKind.case) {
    case 'selectExpr':
      return defined([exprKind.value.operand])
    case 'callExpr':
      return defined([exprKind.value.target, ...exprKind.value.args])
    case 'listExpr':
      return exprKind.value.elements
    case 'structExpr':
      return defined(
        exprKind.value.entries.flatMap(({ keyKind, value }) => [
          keyKind.case === 'mapKey' ? keyKind.value : undefined,
          value,
        ]),
      )
    case 'comprehensionExpr': {
      const { iterRange, accuInit, loopCondition, loopStep, result } = exprKind.value
      return defined([iterRange, accuInit, loopCondition, loopStep, result])
    }
    default:
      return []
  }
}

function defined(nodes: readonly (CelNode | undefined)[]): CelNode[] {
  return nodes.filter((node) => node !== undefined)
}

/** A chain of names and literal keys. */
export interface CelPath {
  readonly root: string
  readonly keys: readonly string[]
}

/**
 * A chain such as `tasks["check-stock"].output`: its first name and the keys after it. `undefined` for everything
 * that is not read by names and literal keys alone.
 */
export function pathOf({ exprKind }: CelNode): CelPath | undefined {
  if (exprKind.case === 'identExpr') return { root: exprKind.value.name, keys: [] }
  const [operand, key] =
    exprKind.case === 'selectExpr'
      ? [exprKind.value.operand, exprKind.value.field]
      : exprKind.case === 'callExpr' && exprKind.value.function === '_[_]'
        ? [exprKind.value.args[0], literalKey(exprKind.value.args[1])]
        : []
  const base = operand === undefined || key === undefined ? undefined : pathOf(operand)
  return base === undefined ? undefined : { root: base.root, keys: [...base.keys, key!] }
}

function literalKey(node: CelNode | undefined): string | undefined {
  if (node?.exprKind.case !== 'constExpr') return undefined
  const { constantKind } = node.exprKind.value
  if (constantKind.case === 'stringValue') return constantKind.value
  return constantKind.case === 'int64Value' ? String(constantKind.value) : undefined
}

/** `tasks["check-stock"].output[0]`: a path as its author would write it. */
export function pathText({ root, keys }: CelPath): string {
  const written = keys.map((key) =>
    /^[A-Za-z_]\w*$/.test(key)
      ? `.${key}`
      : /^\d+$/.test(key)
        ? `[${key}]`
        : `[${JSON.stringify(key)}]`,
  )
  return root + written.join('')
}
