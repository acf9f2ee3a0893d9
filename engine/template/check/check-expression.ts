import { didYouMean } from '../../core/nearest.ts'
import { checkNames } from './check-names.ts'
import type { TemplateEnvironment } from './environment.ts'
import { arityProblem, findFunction, functionTable } from '../functions/table.ts'
import type { Expression } from '../parse/syntax-tree.ts'
import type { TemplateProblem } from '../parse/problem.ts'
import { kindOf } from '../evaluate/values.ts'

interface Context {
  readonly dotIsRoot: boolean
  readonly report: (problem: TemplateProblem) => void
}

type Call = Extract<Expression, readonly ['call', ...unknown[]]>
type PathExpression = Extract<Expression, readonly ['path', ...unknown[]]>

/** Checks one expression and everything in it. */
export function checkExpression(
  expression: Expression,
  environment: TemplateEnvironment,
  context: Context,
): void {
  if (expression[0] === 'path') {
    const base = expression[1]
    if (startsAtRoot(base, context)) checkPath(expression, environment, context)
    else checkExpression(base, environment, context)
  }
  if (expression[0] === 'call') {
    for (const arg of expression[2]) checkExpression(arg, environment, context)
    checkCall(expression, context)
    checkIndex(expression, environment, context)
  }
}

function startsAtRoot(base: Expression, { dotIsRoot }: Context): boolean {
  return (base[0] === 'dot' && dotIsRoot) || (base[0] === 'var' && base[1] === '$')
}

/** Reports the first wrong name of a path, at its key. */
function checkPath(
  [, , keys, at]: PathExpression,
  environment: TemplateEnvironment,
  { report }: Context,
): void {
  const problem = checkNames(keys, environment)
  if (problem === undefined) return
  const { message, key, hint } = problem
  const before = keys.slice(0, key).reduce((length, name) => length + 1 + name.length, 0)
  const place = { offset: at + before + 1, length: keys[key]!.length }
  report({ message, ...place, ...(hint !== undefined && { hint }) })
}

function checkCall([, name, args, at]: Call, { report }: Context): void {
  const place = { offset: at, length: name.length }
  const found = findFunction(name)
  if (found === undefined) {
    const names = functionTable.map((entry) => entry.name)
    const hint = 'a value begins with a dot, text stands in quotes'
    report({ message: `unknown function "${name}"${didYouMean(name, names)}`, ...place, hint })
    return
  }
  const arity = arityProblem(found, args.length)
  if (arity !== undefined) report({ message: `${name} ${arity}`, ...place, hint: found.doc })
  else checkComparison(name, args, report)
}

const comparisons: ReadonlySet<string> = new Set(['eq', 'ne', 'lt', 'le', 'gt', 'ge'])

/** Literals of different kinds can be told before any run; null may stand in eq and ne. */
function checkComparison(
  name: string,
  args: readonly Expression[],
  report: Context['report'],
): void {
  const [first, ...others] = args
  if (!comparisons.has(name) || first?.[0] !== 'lit') return
  const equality = name === 'eq' || name === 'ne'
  for (const other of others) {
    if (other[0] !== 'lit') continue
    const [a, b] = [kindOf(first[1]), kindOf(other[1])]
    if (a === b || (equality && (a === 'null' || b === 'null'))) continue
    const message = `${name} can't compare a ${a} with a ${b}`
    report({
      message,
      offset: other[2],
      length: other[3],
      hint: 'convert one of them: int, float64, toString',
    })
  }
}

/** `index .tasks "price" "output"` names a task as `.tasks.price.output` does. */
function checkIndex(
  [, name, args]: Call,
  environment: TemplateEnvironment,
  context: Context,
): void {
  const [base, ...rest] = args
  if (name !== 'index' || base?.[0] !== 'path' || !startsAtRoot(base[1], context)) return
  const end = rest.findIndex((arg) => arg[0] !== 'lit')
  const literals = end === -1 ? rest : rest.slice(0, end)
  const keys = literals.map((arg) => (arg[0] === 'lit' && typeof arg[1] === 'string' ? arg[1] : ''))
  const problem = checkNames([...base[2], ...keys], environment)
  const literal = problem && literals[problem.key - base[2].length]
  if (problem === undefined || literal?.[0] !== 'lit') return
  const { message, hint } = problem
  context.report({
    message,
    offset: literal[2],
    length: literal[3],
    ...(hint !== undefined && { hint }),
  })
}
