import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts'
import { type Budget, EvaluationError } from './budget.ts'
import { sortedKeys } from '../functions/dicts.ts'
import { MissingValue } from './missing-value.ts'
import type { Binding, Block, Statement } from '../parse/syntax-tree.ts'
import { evaluate, present, type Run } from './run-expression.ts'
import type { Scope } from './scope.ts'
import { describe, isEmpty, textInto } from './values.ts'

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
  values: readonly (JsonValue | MissingValue)[],
  { variables }: Run,
): void {
  for (const [at, name] of names.entries()) {
    const value = values[at]!
    const known = declares ? undefined : variables.findLast(([other]) => other === name)
    if (known === undefined) variables.push([name, value])
    else known[1] = value
  }
}

function runChoice(
  statement: Extract<Statement, readonly ['if' | 'with', ...unknown[]]>,
  run: Run,
): Jump {
  const [kind, binding, test, body, otherwise] = statement
  const { dot, variables } = run
  const known = variables.length
  const value = evaluate(test, run)
  if (binding !== null) bind(binding, [value], run)
  const holds = !(value instanceof MissingValue) && !isEmpty(value)
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
  throw new EvaluationError(
    `range needs a list, an object or a whole number, got ${describe(value)}`,
  )
}
