import { defined } from '../../core/defined.ts'
import type { JsonValue } from '../../core/json.ts'
import { didYouMean } from '../../core/nearest.ts'
import { valueKind } from '../evaluate/values.ts'
import { arityProblem, findFunction, functionTable } from '../functions/table.ts'
import type { ReportTemplateProblem } from '../parse/problem.ts'
import type { CallExpression, Expression, PathExpression } from '../parse/syntax-tree.ts'
import { checkNames } from './check-names.ts'
import type { TemplateEnvironment } from './environment.ts'

/** What the check of an expression needs to know of its place. */
export interface ExpressionCheck {
  readonly environment: TemplateEnvironment
  readonly report: ReportTemplateProblem
  /** False inside range and with, where the dot is another value and only `$` is the root. */
  readonly dotIsRoot: boolean
}

/** Checks one expression and everything in it. */
export function checkExpression(expression: Expression, check: ExpressionCheck): void {
  if (expression[0] === 'path') {
    const base = expression[1]
    if (startsAtRoot(base, check)) checkPath(expression, check)
    else checkExpression(base, check)
  }
  if (expression[0] === 'call') {
    for (const arg of expression[2]) checkExpression(arg, check)
    checkCall(expression, check)
    checkIndex(expression, check)
  }
}

function startsAtRoot(base: Expression, { dotIsRoot }: ExpressionCheck): boolean {
  return (base[0] === 'dot' && dotIsRoot) || (base[0] === 'var' && base[1] === '$')
}

/** Reports the first wrong name of a path, at its key. */
function checkPath([, , keys, at]: PathExpression, check: ExpressionCheck): void {
  const problem = checkNames(keys, check.environment)
  if (problem === undefined) return
  const { message, key, hint } = problem
  const before = keys.slice(0, key).reduce((length, name) => length + 1 + name.length, 0)
  const offset = at + before + 1
  check.report(defined({ message, offset, length: keys[key]!.length, hint }))
}

/** Functions of Go and of sprig that have another name here. */
const newNames: ReadonlyMap<string, string> = new Map([
  ['dateModify', 'dateAdd'],
  ['sortAlpha', 'sort'],
  ['splitList', 'split'],
  ['urlquery', 'urlEncode'],
])

function checkCall([, name, args, at]: CallExpression, { report }: ExpressionCheck): void {
  const place = { offset: at, length: name.length }
  const called = findFunction(name)
  if (called === undefined) {
    const names = functionTable.map((entry) => entry.name)
    const newName = newNames.get(name)
    const hint = newName ? `write ${newName}` : 'a value starts with a dot; text needs quotes'
    report({ message: `unknown function "${name}"${didYouMean(name, names)}`, ...place, hint })
    return
  }
  const arity = arityProblem(called, args.length)
  if (arity !== undefined) report({ message: `${name} ${arity}`, ...place, hint: called.doc })
  else checkComparison(name, args, report)
}

const comparisons: ReadonlySet<string> = new Set(['eq', 'ne', 'lt', 'le', 'gt', 'ge'])

/** Reports literals of different kinds, which no run can compare; eq and ne take null. */
function checkComparison(
  name: string,
  args: readonly Expression[],
  report: ReportTemplateProblem,
): void {
  const [first, ...others] = args
  if (!comparisons.has(name) || first?.[0] !== 'lit') return
  const isEquality = name === 'eq' || name === 'ne'
  for (const other of others) {
    if (other[0] !== 'lit') continue
    const [a, b] = [valueKind(first[1]), valueKind(other[1])]
    if (a === b || (isEquality && (a === 'null' || b === 'null'))) continue
    report({
      message: `${name} can't compare a ${a} with a ${b}`,
      offset: other[2],
      length: other[3],
      hint: 'convert one of them: int, float64, toString',
    })
  }
}

function literalKey(value: JsonValue): string {
  return typeof value === 'string' || typeof value === 'number' ? `${value}` : ''
}

/** `index .tasks "price" "output"` names a task as `.tasks.price.output` does. */
function checkIndex([, name, args]: CallExpression, check: ExpressionCheck): void {
  const [base, ...rest] = args
  if (name !== 'index' || base?.[0] !== 'path' || !startsAtRoot(base[1], check)) return
  const end = rest.findIndex((arg) => arg[0] !== 'lit')
  const literals = end === -1 ? rest : rest.slice(0, end)
  const keys = literals.map((arg) => (arg[0] === 'lit' ? literalKey(arg[1]) : ''))
  const problem = checkNames([...base[2], ...keys], check.environment)
  const literal = problem && literals[problem.key - base[2].length]
  if (problem === undefined || literal?.[0] !== 'lit') return
  const { message, hint } = problem
  check.report(defined({ message, offset: literal[2], length: literal[3], hint }))
}
