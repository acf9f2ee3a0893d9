import { isJsonObject, type JsonObject, type JsonValue } from '../core/json.ts'
import { type Budget, EvaluationError } from './budget.ts'
import { sortedKeys } from './functions/dicts.ts'
import { arityProblem, findFunction } from './functions/table.ts'
import { Missing, readKey } from './missing.ts'
import type { Binding, Block, Expression, Statement } from './nodes.ts'
import type { Scope } from './scope.ts'
import { describe, isEmpty, textInto } from './values.ts'

/** State of one template while it runs. */
interface Run {
  readonly scope: Scope
  readonly budget: Budget
  /** Variables, innermost last. */
  readonly variables: [name: string, value: JsonValue | Missing][]
  dot: JsonValue
  text: string
}

type Jump = 'break' | 'continue' | undefined

/** Evaluates a template's body. @throws EvaluationError where a value does not fit or a limit is passed */
export function runTemplate(body: Block, scope: Scope, budget: Budget): JsonValue {
  const run: Run = { scope, budget, variables: [], dot: scope.roots as JsonObject, text: '' }
  const [only] = body
  if (body.length === 1 && only?.[0] === 'out') return present(evaluate(only[1], run))
  runBlock(body, run)
  return run.text
}

function runBlock(block: Block, run: Run): Jump {
  const known = run.variables.length
  let jump: Jump
  for (const statement of block) {
    jump = runStatement(statement, run)
    if (jump !== undefined) break
  }
  run.variables.length = known
  return jump
}

function write(text: string, run: Run): void {
  run.budget.text(run.text.length + text.length, text.length)
  run.text += text
}

function runStatement(statement: Statement, run: Run): Jump {
  run.budget.charge(1)
  switch (statement[0]) {
    case 'text':
      write(statement[1], run)
      return undefined
    case 'out':
      write(textInto(present(evaluate(statement[1], run)), run.budget), run)
      return undefined
    case 'set':
      bind(statement[1], [evaluate(statement[2], run)], run)
      return undefined
    case 'if':
    case 'with':
      return runChoice(statement, run)
    case 'range':
      return runRange(statement, run)
    default:
      return statement[0]
  }
}

/** Declares variables or changes those that are there. */
function bind(
  [names, declares]: Binding,
  values: readonly (JsonValue | Missing)[],
  { variables }: Run,
): void {
  for (const [at, name] of names.entries()) {
    const value = values[at]!
    const known = declares ? undefined : variables.findLast(([other]) => other === name)
    if (known === undefined) variables.push([name, value])
    else known[1] = value
  }
}

function runChoice(statement: Extract<Statement, readonly ['if' | 'with', ...unknown[]]>, run: Run): Jump {
  const [kind, binding, test, body, otherwise] = statement
  const { dot, variables } = run
  const known = variables.length
  const value = evaluate(test, run)
  if (binding !== null) bind(binding, [value], run)
  const holds = !(value instanceof Missing) && !isEmpty(value)
  if (holds && kind === 'with') run.dot = value
  const jump = runBlock(holds ? body : otherwise, run)
  run.dot = dot
  variables.length = known
  return jump
}

function runRange(statement: Extract<Statement, readonly ['range', ...unknown[]]>, run: Run): Jump {
  const [, binding, over, body, otherwise] = statement
  const { dot, variables } = run
  const pairs = itemsOf(present(evaluate(over, run)), run.budget)
  if (pairs.length === 0) return runBlock(otherwise, run)
  const known = variables.length
  for (const [key, item] of pairs) {
    run.budget.charge(1)
    run.dot = item
    if (binding !== null) bind(binding, binding[0].length === 1 ? [item] : [key, item], run)
    const jump = runBlock(body, run)
    variables.length = known
    if (jump === 'break') break
  }
  run.dot = dot
  return undefined
}

/** What range visits: items with their index, values with their key (keys sorted), the numbers below a number. */
function itemsOf(value: JsonValue, budget: Budget): [key: JsonValue, item: JsonValue][] {
  if (value === null) return []
  if (Array.isArray(value)) {
    budget.charge(value.length / 16)
    return value.map((item: JsonValue, index) => [index, item])
  }
  if (isJsonObject(value)) return sortedKeys(value).map((key) => [key, value[key]!])
  if (typeof value === 'number' && Number.isSafeInteger(value)) {
    budget.charge(Math.max(0, value))
    return Array.from({ length: Math.max(0, value) }, (_, index) => [index, index])
  }
  throw new EvaluationError(`range needs a list, an object or a whole number, got ${describe(value)}`)
}

/** A value that must be there. */
function present(value: JsonValue | Missing): JsonValue {
  if (value instanceof Missing) throw new EvaluationError(value.message, value.path)
  return value
}

function evaluate(expression: Expression, run: Run): JsonValue | Missing {
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
function baseValue(expression: Expression, run: Run): JsonValue | Missing {
  if (expression[0] === 'dot') return run.dot
  if (expression[0] !== 'var') return evaluate(expression, run)
  if (expression[1] === '$') return run.scope.roots as JsonObject
  const known = run.variables.findLast(([name]) => name === expression[1])
  if (known === undefined) throw new EvaluationError(`unknown variable "${expression[1]}"`)
  return known[1]
}

/** `{{ . }}` and `{{ $ }}`: roots that are there, as plain data. */
function wholeValue(value: JsonValue | Missing, { scope }: Run): JsonValue | Missing {
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
): JsonValue | Missing {
  let current = baseValue(base, run)
  for (const [at, key] of keys.entries()) {
    if (current instanceof Missing) return current
    run.budget.charge(1)
    const next = readKey(current, key)
    if (next === undefined)
      return new Missing(`${baseText(base)}.${keys.slice(0, at + 1).join('.')}`, current, key)
    current = next
  }
  return current
}

function callFunction(
  [, name, args]: Extract<Expression, readonly ['call', ...unknown[]]>,
  run: Run,
): JsonValue | Missing {
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
  return checkedCall(name, () => found.call(values, { budget, now: scope.now, uuid: scope.uuid }), budget)
}

/** What going through an argument costs: text and lists may be read whole, objects are charged where they are. */
function work(value: JsonValue): number {
  return typeof value === 'string' ? value.length / 256 : Array.isArray(value) ? value.length / 64 : 0
}

/** `and` and `or` stop at the first argument that settles them. */
function decided(name: string, value: JsonValue): boolean {
  return (name === 'and' && isEmpty(value)) || (name === 'or' && !isEmpty(value))
}

function argumentValue(
  value: JsonValue | Missing,
  name: string,
  takesMissing: boolean,
  first: JsonValue | undefined,
): JsonValue {
  if (!(value instanceof Missing)) return value
  if (takesMissing) return null
  const message =
    name === 'required' && typeof first === 'string' ? `${first}: ${value.message}` : value.message
  throw new EvaluationError(message, value.path)
}

/** Calls, names the function in its errors, and keeps its result within JSON and the limits. */
function checkedCall(name: string, call: () => JsonValue | Missing, budget: Budget): JsonValue | Missing {
  let result: JsonValue | Missing
  try {
    result = call()
  } catch (error) {
    if (!(error instanceof EvaluationError) || name === 'fail' || name === 'required') throw error
    throw new EvaluationError(`${name}: ${error.message}`, error.path)
  }
  if (typeof result === 'number') {
    if (!Number.isFinite(result)) throw new EvaluationError(`${name}: the result is too large for a number`)
    return result + 0
  }
  if (typeof result === 'string') budget.text(result.length)
  if (Array.isArray(result)) budget.charge(result.length / 16)
  return result
}
