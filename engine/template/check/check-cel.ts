import { didYouMean } from '../../core/nearest.ts'
import { standardEnvironment } from '../cel/library.ts'
import {
  childNodes,
  type CelNode,
  type CelSyntax,
  offsetOfNode,
  parseCel,
  pathOf,
} from '../cel/syntax.ts'
import { checkNames } from './check-names.ts'
import type { TemplateEnvironment } from './environment.ts'
import { type TemplateProblem, TemplateSyntaxError } from '../parse/problem.ts'

type Report = (problem: TemplateProblem) => void

/** Names that CEL itself gives a meaning: its types. */
const types: ReadonlySet<string> = new Set([
  'int',
  'uint',
  'double',
  'bool',
  'string',
  'bytes',
  'list',
  'map',
  'null_type',
  'type',
])

/** Reports what is wrong in a CEL condition: syntax, unknown names and functions, arithmetic that can't work. */
export function checkCel(source: string, environment: TemplateEnvironment, report: Report): void {
  const dashed = dashedIds(source)
  for (const problem of dashed) report(problem)
  if (dashed.length > 0) return
  try {
    const syntax = parseCel(source)
    checkNode(syntax.expr, { source, syntax, environment, report, variables: new Set() })
  } catch (error) {
    if (!(error instanceof TemplateSyntaxError)) throw error
    report(error)
  }
}

/** `tasks.check-stock` is a subtraction in CEL, and its own error would be about a name `stock`. */
function dashedIds(source: string): TemplateProblem[] {
  const strings = /(["'])(?:\\.|(?!\1).)*\1/g
  const masked = source.replaceAll(strings, (text) => ' '.repeat(text.length))
  return Array.from(
    masked.matchAll(/\btasks\.([A-Za-z]\w*(?:-\w+)+)/g),
    ({ 0: text, 1: id, index }) => ({
      message: `"tasks.${id}" is a subtraction in CEL; write tasks["${id}"]`,
      offset: index,
      length: text.length,
    }),
  )
}

interface Context {
  readonly source: string
  readonly syntax: CelSyntax
  readonly environment: TemplateEnvironment
  readonly report: Report
  /** Names that loops (`exists(x, …)`) have given here. */
  readonly variables: ReadonlySet<string>
}

function checkNode(node: CelNode, context: Context): void {
  const path = pathOf(node)
  if (path !== undefined) {
    checkPath(node, [path.root, ...path.keys], context)
    return
  }
  checkFunction(node, context)
  checkArithmetic(node, context)
  if (node.exprKind.case === 'comprehensionExpr') {
    const { iterRange, iterVar, accuVar, loopStep } = node.exprKind.value
    if (iterRange !== undefined) checkNode(iterRange, context)
    const variables = new Set([...context.variables, iterVar, accuVar])
    if (loopStep !== undefined) checkNode(loopStep, { ...context, variables })
    return
  }
  for (const child of childNodes(node)) checkNode(child, context)
}

function checkPath(node: CelNode, path: readonly string[], context: Context): void {
  const { environment, variables, report } = context
  const [root = ''] = path
  if (variables.has(root) || (types.has(root) && path.length === 1)) return
  const problem = checkNames(path, environment)
  if (problem === undefined) return
  const { message, hint } = problem
  const place = placeOfKey(node, path, problem.key, context)
  report({ message, ...place, ...(hint !== undefined && { hint }) })
}

/** Where one key of a path stands: the library knows where a path begins, the text tells the rest. */
function placeOfKey(
  node: CelNode,
  path: readonly string[],
  key: number,
  { source, syntax }: Context,
): { offset: number; length: number } {
  let offset = offsetOfNode(syntax, firstOf(node))
  for (const name of path.slice(0, key + 1)) {
    const found = source.indexOf(name, offset)
    if (found !== -1) offset = name === path[key] ? found : found + name.length
  }
  return { offset, length: path[key]!.length }
}

/** The name at which a path begins. */
function firstOf(node: CelNode): CelNode {
  const [first] = childNodes(node)
  return first === undefined ? node : firstOf(first)
}

const foreignFunctions: Readonly<Record<string, string>> = {
  len: 'size(x)',
  length: 'size(x)',
  lower: 'a template: {{ eq (lower .a) "x" }}',
  upper: 'a template: {{ eq (upper .a) "X" }}',
  float: 'double(x)',
  str: 'string(x)',
  has: 'has(a.b) with a path',
}

function checkFunction(node: CelNode, { source, syntax, report }: Context): void {
  if (node.exprKind.case !== 'callExpr') return
  const { function: name } = node.exprKind.value
  if (!/^[A-Za-z]\w*$/.test(name) || standardEnvironment.funcs.find(name) !== undefined) return
  const known = [...standardEnvironment.funcs]
    .map((entry) => entry.name)
    .filter((entry) => /^[a-z]/.test(entry))
  const macros = ['has', 'all', 'exists', 'exists_one', 'map', 'filter']
  const instead = Object.hasOwn(foreignFunctions, name) ? foreignFunctions[name] : undefined
  report({
    message: `unknown CEL function "${name}"${didYouMean(name, [...new Set([...known, ...macros])])}`,
    offset: source.indexOf(name, offsetOfNode(syntax, node)),
    length: name.length,
    ...(instead !== undefined && { hint: `write ${instead}` }),
  })
}

/** A JSON number is a double and CEL adds no int to it: `x + 1` can never work, whatever x is. */
function checkArithmetic(node: CelNode, context: Context): void {
  if (node.exprKind.case !== 'callExpr' || !/^_[-+*/%]_$/.test(node.exprKind.value.function)) return
  const { args, function: name } = node.exprKind.value
  for (const [at, literal] of args.entries()) {
    const other = args[1 - at]
    const path = other === undefined ? undefined : pathOf(other)
    const number =
      literal.exprKind.case === 'constExpr' ? literal.exprKind.value.constantKind : undefined
    if (number?.case !== 'int64Value' || path === undefined || context.variables.has(path.root))
      continue
    const text = String(number.value)
    const hint =
      name === '_%_' ? `write int(…) % ${text}` : `write ${text}.0, or int(…) around the other`
    context.report({
      message: `JSON numbers are doubles, and CEL does no arithmetic between a double and the int ${text}`,
      offset: offsetOfNode(context.syntax, literal),
      length: text.length,
      hint,
    })
  }
}
