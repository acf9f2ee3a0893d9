import type { JsonObject, JsonValue } from '../../core/json.ts'
import { type Budget, EvaluationError } from './budget.ts'
import { arityProblem, findFunction } from '../functions/table.ts'
import { MissingValue, readKey } from './missing-value.ts'
import type { Expression } from '../parse/syntax-tree.ts'
import type { Scope } from './scope.ts'
import { isEmpty } from './values.ts'

/** State of one template while it runs. */
export interface Run {
  readonly scope: Scope
  readonly budget: Budget
  /** Variables, innermost last. */
  readonly variables: [name: string, value: JsonValue | MissingValue][]
  dot: JsonValue
  text: string
}

/** A value that must be there. */
export function present(value: JsonValue | MissingValue): JsonValue {
  if (value instanceof MissingValue) throw new EvaluationError(value.message, value.path)
  return value
}

/** The value of an expression, or what stands for one that is not there. */
export function evaluate(expression: Expression, run: Run): JsonValue | MissingValue {
  run.budget.charge(1)
  switch (expression[0]) {
    case 'lit':
      return expression[1]
    case 'dot':
    case 'var':
      return wholeValue(baseValue(expression, run), run)
    case 'path':
      return readPath(expression, run)
    case 'call':
      return callFunction(expression, run)
  }
}

/** The value that a path starts from. The roots stay as they are, so that no other root is read. */
function baseValue(expression: Expression, run: Run): JsonValue | MissingValue {
  if (expression[0] === 'dot') return run.dot
  if (expression[0] !== 'var') return evaluate(expression, run)
  if (expression[1] === '$') return run.scope.roots as JsonObject
  const known = run.variables.findLast(([name]) => name === expression[1])
  if (known === undefined) throw new EvaluationError(`unknown variable "${expression[1]}"`)
  return known[1]
}

/** `{{ . }}` and `{{ $ }}`: roots that are there, as plain data. */
function wholeValue(value: JsonValue | MissingValue, { scope }: Run): JsonValue | MissingValue {
  if (value !== scope.roots) return value
  return Object.fromEntries(
    Object.entries(scope.roots).filter(([, root]) => root !== undefined),
  ) as JsonObject
}

function baseText(base: Expression): string {
  return base[0] === 'dot' ? '' : base[0] === 'var' ? base[1] : '(…)'
}

function readPath(
  [, base, keys]: Extract<Expression, readonly ['path', ...unknown[]]>,
  run: Run,
): JsonValue | MissingValue {
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

function callFunction(
  [, name, args]: Extract<Expression, readonly ['call', ...unknown[]]>,
  run: Run,
): JsonValue | MissingValue {
  const found = findFunction(name)
  if (found === undefined) throw new EvaluationError(`unknown function "${name}"`)
  const arity = arityProblem(found, args.length)
  if (arity !== undefined) throw new EvaluationError(`${name} ${arity}`)
  const values: JsonValue[] = []
  for (const arg of args) {
    const value = evaluate(arg, run)
    values.push(argumentValue(value, name, found.takesMissing === true, values[0]))
    if (decided(name, values.at(-1)!)) break
  }
  const { scope, budget } = run
  for (const value of values) budget.charge(work(value))
  return checkedCall(
    name,
    () => found.call(values, { budget, now: scope.now, uuid: scope.uuid }),
    budget,
  )
}

/** What going through an argument costs: text and lists may be read whole, objects are charged where they are. */
function work(value: JsonValue): number {
  return typeof value === 'string'
    ? value.length / 256
    : Array.isArray(value)
      ? value.length / 64
      : 0
}

/** `and` and `or` stop at the first argument that settles them. */
function decided(name: string, value: JsonValue): boolean {
  return (name === 'and' && isEmpty(value)) || (name === 'or' && !isEmpty(value))
}

function argumentValue(
  value: JsonValue | MissingValue,
  name: string,
  takesMissing: boolean,
  first: JsonValue | undefined,
): JsonValue {
  if (!(value instanceof MissingValue)) return value
  if (takesMissing) return null
  const message =
    name === 'required' && typeof first === 'string' ? `${first}: ${value.message}` : value.message
  throw new EvaluationError(message, value.path)
}

/** Calls, names the function in its errors, and keeps its result within JSON and the limits. */
function checkedCall(
  name: string,
  call: () => JsonValue | MissingValue,
  budget: Budget,
): JsonValue | MissingValue {
  let result: JsonValue | MissingValue
  try {
    result = call()
  } catch (error) {
    if (!(error instanceof EvaluationError) || name === 'fail' || name === 'required') throw error
    throw new EvaluationError(`${name}: ${error.message}`, error.path)
  }
  if (typeof result === 'number') {
    if (!Number.isFinite(result))
      throw new EvaluationError(`${name}: the result is too large for a number`)
    return result + 0
  }
  if (typeof result === 'string') budget.text(result.length)
  if (Array.isArray(result)) budget.charge(result.length / 16)
  return result
}
