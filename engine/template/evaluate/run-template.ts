import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts'
import { sortedKeys } from '../functions/dicts.ts'
import type {
  Binding,
  Block,
  ChoiceStatement,
  RangeStatement,
  Statement,
} from '../parse/syntax-tree.ts'
import { type EvaluationBudget, EvaluationError } from './budget.ts'
import { MissingValue } from './missing-value.ts'
import { evaluateExpression, requirePresent, type TemplateRun } from './run-expression.ts'
import type { Scope } from './scope.ts'
import { describeValue, isEmpty, writtenText } from './values.ts'

type LoopJump = 'break' | 'continue' | undefined

/** Evaluates a template's body. @throws EvaluationError when a value does not fit or a limit is passed */
export function runTemplate(body: Block, scope: Scope, budget: EvaluationBudget): JsonValue {
  const run: TemplateRun = {
    scope,
    budget,
    variables: [],
    dot: scope.roots as JsonObject,
    text: '',
  }
  const [only] = body
  if (body.length === 1 && only?.[0] === 'out')
    return requirePresent(evaluateExpression(only[1], run))
  runBlock(body, run)
  return run.text
}

function runBlock(block: Block, run: TemplateRun): LoopJump {
  const outerCount = run.variables.length
  let jump: LoopJump
  for (const statement of block) {
    jump = runStatement(statement, run)
    if (jump !== undefined) break
  }
  run.variables.length = outerCount
  return jump
}

function write(text: string, run: TemplateRun): void {
  run.budget.makeText(run.text.length + text.length, text.length)
  run.text += text
}

function runStatement(statement: Statement, run: TemplateRun): LoopJump {
  run.budget.charge(1)
  switch (statement[0]) {
    case 'text':
      write(statement[1], run)
      return undefined
    case 'out':
      write(writtenText(requirePresent(evaluateExpression(statement[1], run)), run.budget), run)
      return undefined
    case 'set':
      bindVariables(statement[1], [evaluateExpression(statement[2], run)], run)
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

/** Declares variables, or changes the ones that exist. */
function bindVariables(
  [names, declares]: Binding,
  values: readonly (JsonValue | MissingValue)[],
  { variables }: TemplateRun,
): void {
  for (const [at, name] of names.entries()) {
    const value = values[at]!
    const existing = declares ? undefined : variables.findLast(([other]) => other === name)
    if (existing === undefined) variables.push([name, value])
    else existing[1] = value
  }
}

function runChoice(
  [kind, binding, test, body, otherwise]: ChoiceStatement,
  run: TemplateRun,
): LoopJump {
  const { dot, variables } = run
  const outerCount = variables.length
  const value = evaluateExpression(test, run)
  if (binding !== null) bindVariables(binding, [value], run)
  const holds = !(value instanceof MissingValue) && !isEmpty(value)
  if (holds && kind === 'with') run.dot = value
  const jump = runBlock(holds ? body : otherwise, run)
  run.dot = dot
  variables.length = outerCount
  return jump
}

function runRange([, binding, over, body, otherwise]: RangeStatement, run: TemplateRun): LoopJump {
  const { dot, variables } = run
  const value = evaluateExpression(over, run)
  const hasElse = otherwise.length > 0
  const pairs =
    value instanceof MissingValue && hasElse ? [] : itemsOf(requirePresent(value), run.budget)
  if (pairs.length === 0) return runBlock(otherwise, run)
  const outerCount = variables.length
  for (const [key, item] of pairs) {
    run.budget.charge(1)
    run.dot = item
    if (binding !== null)
      bindVariables(binding, binding[0].length === 1 ? [item] : [key, item], run)
    const jump = runBlock(body, run)
    variables.length = outerCount
    if (jump === 'break') break
  }
  run.dot = dot
  return undefined
}

/**
 * Returns what range visits: items with their index, values with their key in sorted order, the
 * numbers below a number.
 */
function itemsOf(value: JsonValue, budget: EvaluationBudget): [key: JsonValue, item: JsonValue][] {
  if (value === null) return []
  if (Array.isArray(value)) {
    budget.visitItems(value.length)
    return value.map((item: JsonValue, index) => [index, item])
  }
  if (isJsonObject(value)) return sortedKeys(value, budget).map((key) => [key, value[key]!])
  if (typeof value === 'number' && Number.isSafeInteger(value)) {
    const count = Math.max(0, value)
    budget.charge(count)
    return Array.from({ length: count }, (_, index) => [index, index])
  }
  throw new EvaluationError(
    `range needs a list, an object or a whole number, got ${describeValue(value)}`,
  )
}
