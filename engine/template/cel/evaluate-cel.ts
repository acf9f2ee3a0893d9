import type { JsonObject, JsonValue } from '../../core/json.ts'
import { type EvaluationBudget, EvaluationError } from '../evaluate/budget.ts'
import { MissingValue, readKey } from '../evaluate/missing-value.ts'
import { currentRules, type Scope } from '../evaluate/scope.ts'
import { type CelRun, countedEnvironment } from './functions.ts'
import { type CelError, type CelInput, type CelResult, isCelError, plan } from './library.ts'
import {
  childNodes,
  type CelNode,
  type CelPath,
  type CelSyntax,
  parseCel,
  celPathOf,
  pathText,
} from './syntax.ts'
import { fromCel, toCel } from './values.ts'

/** A parsed and planned condition, for evaluation on many scopes. */
interface PlannedCel {
  readonly syntax: CelSyntax
  readonly run: CelRun
  readonly evaluate: (roots: Record<string, CelInput>) => CelResult
}

/**
 * Keeps parsed conditions by their source between evaluations, for a filter over many items. The
 * caller owns it and drops it afterwards.
 */
export type CelCache = Map<string, PlannedCel>

/** The name that every loop reads before each round, which costs a step. No source can spell it. */
const stepName = '@step'

/**
 * Returns the value of a CEL expression over a scope's roots.
 * @throws EvaluationError, also for an expression that does not parse
 */
export function evaluateCel(
  source: string,
  scope: Scope,
  budget: EvaluationBudget,
  cache: CelCache = new Map(),
): JsonValue {
  const planned = cache.get(source) ?? planCel(source, budget)
  cache.set(source, planned)
  planned.run.budget = budget
  planned.run.rules = scope.rules ?? currentRules
  const result = planned.evaluate(bindRoots(scope, budget))
  // The library makes an error of anything thrown, and `||` may go on after one.
  if (budget.exceeded !== undefined) throw budget.exceeded
  if (isCelError(result)) throw explainError(result, planned.syntax, scope)
  return fromCel(result, budget)
}

function planCel(source: string, budget: EvaluationBudget): PlannedCel {
  const syntax = parseCel(source)
  countLoops(syntax.expr)
  const run: CelRun = { budget, patterns: new Map(), rules: currentRules }
  return { syntax, run, evaluate: plan(countedEnvironment(run), syntax.expr) }
}

/** Makes every loop (`exists`, `map`, …) take a step for each round: `condition && @step`. */
function countLoops(node: CelNode): void {
  for (const child of childNodes(node)) countLoops(child)
  if (node.exprKind.case !== 'comprehensionExpr') return
  const loop = node.exprKind.value
  const step: CelNode = {
    $typeName: 'cel.expr.Expr',
    id: node.id,
    exprKind: { case: 'identExpr', value: { $typeName: 'cel.expr.Expr.Ident', name: stepName } },
  }
  loop.loopCondition = {
    $typeName: 'cel.expr.Expr',
    id: node.id,
    exprKind: {
      case: 'callExpr',
      value: {
        $typeName: 'cel.expr.Expr.Call',
        function: '_&&_',
        args: [step, loop.loopCondition!],
      },
    },
  }
}

/** Returns the roots by name, each wrapped when it is first read. */
function bindRoots(scope: Scope, budget: EvaluationBudget): Record<string, CelInput> {
  const roots = Object.create(null) as Record<string, CelInput>
  for (const name of Object.keys(scope.roots)) {
    Object.defineProperty(roots, name, {
      get: () => {
        budget.charge(1)
        const value = scope.roots[name]
        return value === undefined ? undefined : toCel(value, budget)
      },
    })
  }
  const takeStep = (): true => {
    budget.charge(1)
    return true
  }
  return Object.defineProperty(roots, stepName, { get: takeStep })
}

const noOverload = /^found no matching overload for '?(.*?)'? applied to '(.*)'$/

/** Returns an error of the library in the words of the language. */
function explainError(error: CelError, syntax: CelSyntax, scope: Scope): EvaluationError {
  const { message } = error
  if (/^(?:field not found|unresolved attribute|index .* out of bounds)/.test(message))
    return explainMissing(syntax, error.exprId, message, scope)
  const [, name = '', operands = ''] = noOverload.exec(message) ?? []
  if (name === '') return new EvaluationError(message)
  const operator = name.replaceAll('_', '').trim()
  return new EvaluationError(
    `${operator} does not work on ${operands}; convert one of the values, for example with int(x), double(x) or string(x)`,
  )
}

function explainMissing(
  { expr }: CelSyntax,
  id: bigint | undefined,
  message: string,
  scope: Scope,
): EvaluationError {
  const path = findPath(expr, id)
  // The library tells wrong bounds.
  const withoutBounds = message.replace(/^(index .*) out of bounds.*/s, '$1 is out of bounds')
  if (path === undefined) return new EvaluationError(withoutBounds)
  const whole = pathText(path)
  const isRoot = !bindsName(expr, path.root)
  let current: JsonValue = scope.roots as JsonObject
  for (const [at, key] of isRoot ? [path.root, ...path.keys].entries() : []) {
    const next = readKey(current, key)
    if (next === undefined) {
      const text = pathText({ root: path.root, keys: path.keys.slice(0, at) })
      return new EvaluationError(new MissingValue(text, current, key).message, { path: text })
    }
    current = next
  }
  return new EvaluationError(`${whole} is missing`, { path: whole })
}

/**
 * Returns the longest path that holds the node: the library names any node of it, not always the
 * failed one.
 */
function findPath(node: CelNode, id: bigint | undefined): CelPath | undefined {
  const path = celPathOf(node)
  if (path !== undefined && contains(node, id)) return path
  for (const child of childNodes(node)) {
    const found = findPath(child, id)
    if (found !== undefined) return found
  }
  return undefined
}

function contains(node: CelNode, id: bigint | undefined): boolean {
  return node.id === id || childNodes(node).some((child) => contains(child, id))
}

/** Reports whether a loop anywhere in the expression has a variable of this name. */
function bindsName(node: CelNode, name: string): boolean {
  const own = node.exprKind.case === 'comprehensionExpr' && node.exprKind.value.iterVar === name
  return own || childNodes(node).some((child) => bindsName(child, name))
}
