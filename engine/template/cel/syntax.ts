import { parse } from './library.ts'
import { TemplateSyntaxError } from '../parse/problem.ts'

/** A parsed expression, with the offset of each of its nodes. */
export type CelSyntax = ReturnType<typeof parse>

/** One node of a parsed expression. */
export type CelNode = CelSyntax['expr']

const maximumLength = 10_000
const maximumBrackets = 100

/** Parses a CEL expression. @throws TemplateSyntaxError with offsets into the source */
export function parseCel(source: string): CelSyntax {
  checkSize(source)
  try {
    // A comment ends with its line; the library wants the line break at the end of the text too.
    return parse(`${source}\n`)
  } catch (error) {
    throw celSyntaxError(source, error)
  }
}

/** Bounds the input of the recursive parser. */
function checkSize(source: string): void {
  if (source.length > maximumLength) {
    const message = `the condition has ${source.length} characters; at most ${maximumLength} are allowed`
    throw new TemplateSyntaxError({ message, offset: 0, length: source.length })
  }
  let depth = 0
  for (const { 0: bracket, index: offset } of source.matchAll(/[()[\]{}]/g)) {
    depth += '([{'.includes(bracket) ? 1 : -1
    if (depth <= maximumBrackets) continue
    const message = `brackets nest deeper than ${maximumBrackets} levels`
    throw new TemplateSyntaxError({ message, offset, length: 1 })
  }
}

function celSyntaxError(source: string, error: unknown): TemplateSyntaxError {
  const offset = Math.min(offsetOf(error) ?? 0, source.length)
  const unexpected = source.slice(offset).match(/^(?:\w+|[=!<>&|/*]+|\S)/u)?.[0]
  return new TemplateSyntaxError({
    message: syntaxMessage(error, unexpected),
    offset,
    length: unexpected?.length ?? 1,
    hint: syntaxHint(unexpected),
  })
}

function syntaxMessage(error: unknown, unexpected: string | undefined): string {
  if (offsetOf(error) === undefined)
    return `not a CEL expression: ${error instanceof Error ? error.message : String(error)}`
  return unexpected === undefined
    ? 'the CEL expression ends too early'
    : `unexpected "${unexpected}" in a CEL expression`
}

function syntaxHint(unexpected: string | undefined): string {
  if (unexpected === '=') return 'write == to compare'
  if (unexpected?.startsWith('/*') === true)
    return 'a comment in CEL is // up to the end of the line'
  return 'a condition is a CEL expression, or a template with {{ }}'
}

function offsetOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('location' in error)) return undefined
  return (error as { location?: { start?: { offset?: number } } }).location?.start?.offset
}

/** Returns the offset of a node in the source. */
export function offsetOfNode(syntax: CelSyntax, node: CelNode): number {
  return syntax.sourceInfo?.positions[String(node.id)] ?? 0
}

/** Returns the nodes directly below a node. */
export function childNodes({ exprKind }: CelNode): CelNode[] {
  switch (exprKind.case) {
    case 'selectExpr':
      return withoutAbsent([exprKind.value.operand])
    case 'callExpr':
      return withoutAbsent([exprKind.value.target, ...exprKind.value.args])
    case 'listExpr':
      return exprKind.value.elements
    case 'structExpr':
      return withoutAbsent(
        exprKind.value.entries.flatMap(({ keyKind, value }) => [
          keyKind.case === 'mapKey' ? keyKind.value : undefined,
          value,
        ]),
      )
    case 'comprehensionExpr': {
      const { iterRange, accuInit, loopCondition, loopStep, result } = exprKind.value
      return withoutAbsent([iterRange, accuInit, loopCondition, loopStep, result])
    }
    default:
      return []
  }
}

function withoutAbsent(nodes: readonly (CelNode | undefined)[]): CelNode[] {
  return nodes.filter((node) => node !== undefined)
}

/** A chain of names and literal keys. */
export interface CelPath {
  readonly root: string
  readonly keys: readonly string[]
}

/**
 * Returns the first name and the keys of a chain such as `tasks["check-stock"].output`; `undefined`
 * for anything else.
 */
export function celPathOf(node: CelNode): CelPath | undefined {
  if (node.exprKind.case === 'identExpr') return { root: node.exprKind.value.name, keys: [] }
  const [operand, key] = lastStep(node)
  const base = operand === undefined || key === undefined ? undefined : celPathOf(operand)
  return base === undefined ? undefined : { root: base.root, keys: [...base.keys, key!] }
}

/** Returns what `.b` or `["b"]` reads from, and its key. */
function lastStep({ exprKind }: CelNode): [operand?: CelNode, key?: string] {
  if (exprKind.case === 'selectExpr' && exprKind.value.operand !== undefined)
    return [exprKind.value.operand, exprKind.value.field]
  if (exprKind.case !== 'callExpr' || exprKind.value.function !== '_[_]') return []
  const [operand, index] = exprKind.value.args
  const key = literalKey(index)
  return operand === undefined || key === undefined ? [] : [operand, key]
}

function literalKey(node: CelNode | undefined): string | undefined {
  if (node?.exprKind.case !== 'constExpr') return undefined
  const { constantKind } = node.exprKind.value
  if (constantKind.case === 'stringValue') return constantKind.value
  return constantKind.case === 'int64Value' ? String(constantKind.value) : undefined
}

/** Returns a path as its author would write it: `tasks["check-stock"].output[0]`. */
export function pathText({ root, keys }: CelPath): string {
  return root + keys.map(keyText).join('')
}

function keyText(key: string): string {
  if (/^[A-Za-z_]\w*$/.test(key)) return `.${key}`
  return /^\d+$/.test(key) ? `[${key}]` : `[${JSON.stringify(key)}]`
}
