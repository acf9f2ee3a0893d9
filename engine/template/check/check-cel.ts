import { defined } from '../../core/defined.ts'
import { explainInexactNumber } from '../../core/exact-number.ts'
import { didYouMean } from '../../core/nearest.ts'
import { EvaluationBudget } from '../evaluate/budget.ts'
import { currentRules } from '../evaluate/scope.ts'
import { countedEnvironment } from '../cel/functions.ts'
import { compilePattern, isCelError, plan, standardEnvironment } from '../cel/library.ts'
import { maximumPatternSize, patternSize } from '../cel/pattern.ts'
import {
  childNodes,
  type CelNode,
  type CelSyntax,
  offsetOfNode,
  parseCel,
  celPathOf,
} from '../cel/syntax.ts'
import { type ReportTemplateProblem, TemplateSyntaxError } from '../parse/problem.ts'
import { checkNames } from './check-names.ts'
import type { TemplateEnvironment } from './environment.ts'

/** Names that have a meaning in CEL itself: its types. */
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

/**
 * Reports what is wrong in a CEL condition: syntax, unknown names and functions, calls that always
 * fail.
 */
export function checkCel(
  source: string,
  environment: TemplateEnvironment,
  report: ReportTemplateProblem,
): void {
  if (reportDashedIds(source, report)) return
  try {
    const syntax = parseCel(source)
    const check: CelCheck = { source, syntax, environment, report, variables: new Set() }
    checkNode(syntax.expr, check)
    checkResult(syntax.expr, check)
  } catch (error) {
    if (!(error instanceof TemplateSyntaxError)) throw error
    report(error)
  }
}

/** Strings and comments, whose text is not CEL. */
const notCode = /(["'])(?:\\.|(?!\1).)*\1|\/\/[^\n]*/g

/**
 * `tasks.check-stock` is a subtraction in CEL: the library's error would be about a name `stock`.
 */
function reportDashedIds(source: string, report: ReportTemplateProblem): boolean {
  const code = source.replaceAll(notCode, (text) => ' '.repeat(text.length))
  const dashed = [...code.matchAll(/(?<![.\w])tasks\.([A-Za-z]\w*(?:-\w+)+)/g)]
  for (const { 0: text, 1: id, index } of dashed)
    report({
      message: `"tasks.${id}" is a subtraction in CEL; write tasks["${id}"]`,
      offset: index,
      length: text.length,
    })
  return dashed.length > 0
}

interface CelCheck {
  readonly source: string
  readonly syntax: CelSyntax
  readonly environment: TemplateEnvironment
  readonly report: ReportTemplateProblem
  /** Names that loops (`exists(x, …)`) declare here. */
  readonly variables: ReadonlySet<string>
}

function checkNode(node: CelNode, check: CelCheck): void {
  const path = celPathOf(node)
  if (path !== undefined) return checkPath(node, [path.root, ...path.keys], check)
  checkNumber(node, check)
  if (checkFunction(node, check)) checkConstantCall(node, check)
  if (node.exprKind.case === 'comprehensionExpr') {
    const { iterRange, iterVar, accuVar, loopStep } = node.exprKind.value
    if (iterRange !== undefined) checkNode(iterRange, check)
    const variables = new Set([...check.variables, iterVar, accuVar])
    if (loopStep !== undefined) checkNode(loopStep, { ...check, variables })
    return
  }
  for (const child of childNodes(node)) checkNode(child, check)
}

function checkPath(node: CelNode, path: readonly string[], check: CelCheck): void {
  const { environment, variables, report } = check
  const [root = ''] = path
  if (variables.has(root) || (types.has(root) && path.length === 1)) return
  const problem = checkNames(path, environment)
  if (problem === undefined) return
  const { message, hint } = problem
  report(defined({ message, ...placeOfKey(node, path, problem.key, check), hint }))
}

/**
 * Finds the place of one key of a path: the library knows where a path starts, the text the rest.
 */
function placeOfKey(
  node: CelNode,
  path: readonly string[],
  key: number,
  { source, syntax }: CelCheck,
): { offset: number; length: number } {
  let offset = offsetOfNode(syntax, firstOf(node))
  for (const [at, name] of path.slice(0, key + 1).entries()) {
    const found = source.indexOf(name, offset)
    if (found !== -1) offset = at === key ? found : found + name.length
  }
  return { offset, length: path[key]!.length }
}

/** Returns the name at which a path starts. */
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

const macros = ['has', 'all', 'exists', 'exists_one', 'map', 'filter']

/** Reports a call of a function that CEL does not have; returns whether it is another node. */
function checkFunction(node: CelNode, { source, syntax, report }: CelCheck): boolean {
  if (node.exprKind.case !== 'callExpr') return true
  const { function: name } = node.exprKind.value
  if (!/^[A-Za-z]\w*$/.test(name) || standardEnvironment().funcs.find(name) !== undefined)
    return true
  const functions = [...standardEnvironment().funcs]
    .map((entry) => entry.name)
    .filter((entry) => /^[a-z]/.test(entry))
  const instead = Object.hasOwn(foreignFunctions, name) ? foreignFunctions[name] : undefined
  report(
    defined({
      message: `unknown CEL function "${name}"${didYouMean(name, new Set([...functions, ...macros]))}`,
      offset: source.indexOf(name, offsetOfNode(syntax, node)),
      length: name.length,
      hint: instead === undefined ? undefined : `write ${instead}`,
    }),
  )
  return false
}

const int64 = { least: -(2n ** 63n), most: 2n ** 63n - 1n }
const uint64 = { least: 0n, most: 2n ** 64n - 1n }

/** Reports a number that its type cannot hold as it is written. */
function checkNumber({ id, exprKind }: CelNode, { source, syntax, report }: CelCheck): void {
  if (exprKind.case !== 'constExpr') return
  const { constantKind } = exprKind.value
  const offset = syntax.sourceInfo?.positions[String(id)] ?? 0
  const literal = /^-?[\d.][\w.]*(?:(?<=\d[eE])[+-]\d+)?/.exec(source.slice(offset))?.[0] ?? ''
  const refuse = (message: string, hint?: string): void =>
    report(defined({ message, offset, length: Math.max(1, literal.length), hint }))
  if (constantKind.case === 'doubleValue') {
    const message = explainInexactNumber(literal.replace(/^(-?)\./, '$10.'))
    if (message !== undefined) refuse(message)
  } else if (constantKind.case === 'int64Value' || constantKind.case === 'uint64Value') {
    const { least, most } = constantKind.case === 'int64Value' ? int64 : uint64
    const { value } = constantKind
    if (value >= least && value <= most) return
    const kind = constantKind.case === 'int64Value' ? 'an int' : 'a uint'
    refuse(`the number ${literal} is outside ${kind} of 64 bits`, `from ${least} to ${most}`)
  }
}

function isConstant(node: CelNode): boolean {
  return node.exprKind.case === 'constExpr'
}

/**
 * Reports a call whose arguments are all literals and that fails:
 * `timestamp("2026-02-30T00:00:00Z")`.
 */
function checkConstantCall(node: CelNode, check: CelCheck): void {
  if (node.exprKind.case !== 'callExpr') return
  const { function: name, args } = node.exprKind.value
  const operands = childNodes(node)
  const pattern = name === 'matches' ? args.at(-1) : undefined
  const message = pattern === undefined ? constantFailure(node, operands) : patternFailure(pattern)
  if (message === undefined) return
  const literal = pattern ?? operands[0]!
  check.report({ message, ...placeOfLiteral(literal, check) })
}

function constantFailure(node: CelNode, operands: readonly CelNode[]): string | undefined {
  if (operands.length === 0 || !operands.every(isConstant)) return undefined
  const run = { budget: new EvaluationBudget(), patterns: new Map(), rules: currentRules }
  const result = plan(countedEnvironment(run), node)()
  return isCelError(result) ? result.message.replace(/^found no/, 'no') : undefined
}

/** Returns the problem with a literal pattern of `matches`. */
function patternFailure(node: CelNode): string | undefined {
  if (node.exprKind.case !== 'constExpr') return undefined
  const { constantKind } = node.exprKind.value
  if (constantKind.case !== 'stringValue') return undefined
  if (patternSize(constantKind.value) > maximumPatternSize)
    return `the pattern is too large: its repeats make more than ${maximumPatternSize} parts`
  try {
    compilePattern(constantKind.value)
    return undefined
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return `the pattern is not RE2: ${reason.replace(/^error parsing regexp: /, '')}`
  }
}

/** The place of a literal: a string reaches to its closing quote. */
function placeOfLiteral(
  node: CelNode,
  { source, syntax }: CelCheck,
): { offset: number; length: number } {
  const offset = offsetOfNode(syntax, node)
  const text = /^[rRbB]{0,2}(["'])(?:\\.|(?!\1).)*\1|^[\w.]+/s.exec(source.slice(offset))?.[0]
  return { offset, length: text?.length ?? 1 }
}

const resultKinds: Readonly<Record<string, string>> = {
  bytes: 'bytes',
  timestamp: 'a timestamp',
  duration: 'a duration',
}

/** Reports an expression whose value JSON does not have. */
function checkResult({ exprKind }: CelNode, { source, report }: CelCheck): void {
  const isBytes = exprKind.case === 'constExpr' && exprKind.value.constantKind.case === 'bytesValue'
  const called = exprKind.case === 'callExpr' ? exprKind.value.function : ''
  const kind = isBytes ? 'bytes' : Object.hasOwn(resultKinds, called) && resultKinds[called]
  if (kind === false || kind === undefined) return
  const offset = source.search(/\S/)
  report({
    message: `the expression gives ${kind}, which JSON does not have; write string(…) around it`,
    offset,
    length: source.trimEnd().length - offset,
  })
}
