import { defined } from '../../core/defined.ts'
import type { JsonObject, JsonValue } from '../../core/json.ts'
import type { TemplateFunction } from '../functions/function.ts'
import { arityProblem, findFunction } from '../functions/table.ts'
import type { CallExpression, Expression, PathExpression } from '../parse/syntax-tree.ts'
import { type EvaluationBudget, EvaluationError } from './budget.ts'
import { MissingValue, readKey } from './missing-value.ts'
import { currentRules, type Scope } from './scope.ts'
import { isEmpty } from './values.ts'

/** The state of one template while it runs. */
export interface TemplateRun {
  readonly scope: Scope
  readonly budget: EvaluationBudget
  /** Variables, innermost last. */
  readonly variables: [name: string, value: JsonValue | MissingValue][]
  dot: JsonValue
  text: string
}

/** Returns a value that must be there. @throws EvaluationError for a missing one */
export function requirePresent(value: JsonValue | MissingValue): JsonValue {
  if (value instanceof MissingValue) throw new EvaluationError(value.message, { path: value.path })
  return value
}

/** Returns the value of an expression, missing or not. */
export function evaluateExpression(
  expression: Expression,
  run: TemplateRun,
): JsonValue | MissingValue {
  run.budget.charge(1)
  switch (expression[0]) {
    case 'lit':
      return expression[1]
    case 'dot':
    case 'var':
      return withoutAbsentRoots(baseValue(expression, run), run)
    case 'path':
      return readPath(expression, run)
    case 'call':
      return callFunction(expression, run)
  }
}

/** Returns what a path starts from. The roots stay lazy, so that no other root is read. */
function baseValue(expression: Expression, run: TemplateRun): JsonValue | MissingValue {
  if (expression[0] === 'dot') return run.dot
  if (expression[0] !== 'var') return evaluateExpression(expression, run)
  if (expression[1] === '$') return run.scope.roots as JsonObject
  const variable = run.variables.findLast(([name]) => name === expression[1])
  if (variable === undefined) throw new EvaluationError(`unknown variable "${expression[1]}"`)
  return variable[1]
}

/** `{{ . }}` and `{{ $ }}` give the roots that are there, as plain data. */
function withoutAbsentRoots(
  value: JsonValue | MissingValue,
  { scope }: TemplateRun,
): JsonValue | MissingValue {
  return value === scope.roots ? (defined(scope.roots) as JsonObject) : value
}

function baseText(base: Expression): string {
  if (base[0] === 'dot') return ''
  return base[0] === 'var' ? base[1] : '(…)'
}

function readPath([, base, keys]: PathExpression, run: TemplateRun): JsonValue | MissingValue {
  let current = baseValue(base, run)
  for (const [at, key] of keys.entries()) {
    if (current instanceof MissingValue) return current
    run.budget.charge(1)
    const next = readKey(current, key)
    if (next === undefined)
      return new MissingValue(`${baseText(base)}.${keys.slice(0, at + 1).join('.')}`, current, key)
    current = next
  }
  return current
}

function callFunction([, name, args]: CallExpression, run: TemplateRun): JsonValue | MissingValue {
  const called = findFunction(name)
  if (called === undefined) throw new EvaluationError(`unknown function "${name}"`)
  const arity = arityProblem(called, args.length)
  if (arity !== undefined) throw new EvaluationError(`${name} ${arity}`)
  const values: JsonValue[] = []
  for (const arg of args) {
    const value = evaluateExpression(arg, run)
    values.push(argumentValue(value, called, values[0]))
    if (isDecided(name, values.at(-1)!, run.budget)) break
  }
  if (called.constantTime !== true) for (const value of values) chargeArgument(value, run.budget)
  return callWithLimits(called, values, run)
}

/** A function may read its arguments whole; nested values are charged where they are walked. */
function chargeArgument(value: JsonValue, budget: EvaluationBudget): void {
  if (typeof value === 'string') budget.readText(value.length)
  if (Array.isArray(value)) budget.copyItems(value.length)
}

/** `and` and `or` stop at the first argument that decides them. */
function isDecided(name: string, value: JsonValue, budget: EvaluationBudget): boolean {
  if (name !== 'and' && name !== 'or') return false
  return isEmpty(value, budget) === (name === 'and')
}

function argumentValue(
  value: JsonValue | MissingValue,
  { name, takesMissing }: TemplateFunction,
  first: JsonValue | undefined,
): JsonValue {
  if (!(value instanceof MissingValue)) return value
  if (takesMissing === true) return null
  const own = name === 'required' && typeof first === 'string' ? `${first}: ` : ''
  throw new EvaluationError(`${own}${value.message}`, { path: value.path })
}

/** Calls a function, names it in its errors, and keeps its result within JSON and the limits. */
function callWithLimits(
  called: TemplateFunction,
  values: readonly JsonValue[],
  { scope, budget }: TemplateRun,
): JsonValue | MissingValue {
  try {
    const { now, uuid, rules = currentRules } = scope
    const result = called.call(values, { budget, now, uuid, rules })
    if (typeof result === 'number') return finiteNumber(result)
    if (typeof result === 'string') budget.makeText(result.length)
    if (Array.isArray(result)) budget.copyItems(result.length)
    return result
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error
    if (error.exceedsLimit || called.ownMessage === true) throw error
    throw new EvaluationError(`${called.name}: ${error.message}`, defined({ path: error.path }))
  }
}

/** Refuses what JSON does not have, and turns -0 into 0. */
function finiteNumber(value: number): number {
  if (!Number.isFinite(value)) throw new EvaluationError('the result is too large for a number')
  return value + 0
}
