import type { JsonObject, JsonValue } from '../../core/json.ts'
import { type Budget, EvaluationError } from '../evaluate/budget.ts'
import {
  type CelError,
  type CelInput,
  type CelResult,
  isCelError,
  plan,
  standardEnvironment,
} from './library.ts'
import {
  childNodes,
  type CelNode,
  type CelPath,
  type CelSyntax,
  parseCel,
  pathOf,
  pathText,
} from './syntax.ts'
import { fromCel, toCel } from './values.ts'
import { MissingValue, readKey } from '../evaluate/missing-value.ts'
import type { Scope } from '../evaluate/scope.ts'

/** A condition that is parsed and planned, for evaluation on many scopes. */
interface PlannedCel {
  readonly syntax: CelSyntax
  readonly evaluate: (roots: Record<string, CelInput>) => CelResult
}

/**
 * Keeps parsed conditions between evaluations, by their source: for a filter over many items. Whoever evaluates
 * owns it and drops it when done.
 */
export type CelCache = Map<string, PlannedCel>

/** The name that every loop asks before each round; reading it costs a step. No source can spell it. */
const stepName = '@step'

/**
 * The value of a CEL expression over a scope's roots.
 * @throws EvaluationError also where the expression does not parse: it was checked at load
 */
export function evaluateCel(
  source: string,
  scope: Scope,
  budget: Budget,
  cache: CelCache = new Map(),
): JsonValue {
  const planned = cache.get(source) ?? planCel(source)
  cache.set(source, planned)
  const exceeded: EvaluationError[] = []
  const result = planned.evaluate(bindRoots(scope, budget, exceeded))
  if (exceeded[0] !== undefined) throw exceeded[0]
  if (isCelError(result)) throw explain(result, planned.syntax, scope)
  return fromCel(result, budget)
}

function planCel(source: string): PlannedCel {
  const syntax = parseCel(source)
  countLoops(syntax.expr)
  return { syntax, evaluate: plan(standardEnvironment, syntax.expr) }
}

/** Makes every loop (`exists`, `map`, …) take a step of the budget for each round: `condition && @step`. */
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

/** Roots by name, each wrapped when it is first read. */
function bindRoots(
  scope: Scope,
  budget: Budget,
  exceeded: EvaluationError[],
): Record<string, CelInput> {
  const guarded = <T>(work: () => T): T => {
    try {
      return work()
    } catch (error) {
      if (error instanceof EvaluationError) exceeded.push(error)
      throw error
    }
  }
  const counted: Budget = {
    charge: (count) => guarded(() => budget.charge(count)),
    text: (length, added) => guarded(() => budget.text(length, added)),
  }
  const roots = Object.create(null) as Record<string, CelInput>
  for (const name of Object.keys(scope.roots)) {
    Object.defineProperty(roots, name, {
      get: () => {
        const value = scope.roots[name]
        return value === undefined ? undefined : toCel(value, counted)
      },
    })
  }
  const takeStep = (): true => {
    counted.charge(1)
    return true
  }
  return Object.defineProperty(roots, stepName, { get: takeStep })
}

const noOverload = /^found no matching overload for '?(.*?)'? applied to '(.*)'$/

/** An error of the library in the words of the language. */
function explain(error: CelError, syntax: CelSyntax, scope: Scope): EvaluationError {
  const { message } = error
  if (/^(?:field not found|unresolved attribute|index .* out of bounds)/.test(message))
    return explainMissing(syntax, error.exprId, message, scope)
  const [, name = '', operands = ''] = noOverload.exec(message) ?? []
  if (name === '') return new EvaluationError(message)
  const operator = name.replaceAll('_', '').trim()
  const mixed = operands.includes('double') && operands.includes('int')
  const help =
    mixed || (operator === '%' && operands.includes('double'))
      ? '; JSON numbers are doubles: write 1.0 instead of 1, or int(x) for a whole number'
      : '; the kinds do not fit'
  return new EvaluationError(`no such overload: ${operator} ${operands}${help}`)
}

function explainMissing(
  { expr }: CelSyntax,
  id: bigint | undefined,
  message: string,
  scope: Scope,
): EvaluationError {
  const path = findPath(expr, id)
  if (path === undefined) return new EvaluationError(message)
  const whole = pathText(path)
  const isRoot = !bindsName(expr, path.root)
  let current: JsonValue = scope.roots as JsonObject
  for (const [at, key] of isRoot ? [path.root, ...path.keys].entries() : []) {
    const next = readKey(current, key)
    if (next === undefined) {
      const text = pathText({ root: path.root, keys: path.keys.slice(0, at) })
      return new EvaluationError(new MissingValue(text, current, key).message, text)
    }
    current = next
  }
  return new EvaluationError(`${whole} is missing`, whole)
}

/** The longest path that the node belongs to: the library names a node of it, not always the one that failed. */
function findPath(node: CelNode, id: bigint | undefined): CelPath | undefined {
  const path = pathOf(node)
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

/** Whether a loop anywhere in the expression has a variable of this name. */
function bindsName(node: CelNode, name: string): boolean {
  const own = node.exprKind.case === 'comprehensionExpr' && node.exprKind.value.iterVar === name
  return own || childNodes(node).some((child) => bindsName(child, name))
}
