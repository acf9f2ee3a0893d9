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

/**
 * Evaluates a template's body. @throws EvaluationError when a value does not fit or a limit is
 * passed
 */
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
  const holds = !(value instanceof MissingValue) && !isEmpty(value, run.budget)
  if (holds && kind === 'with') run.dot = value
  const jump = runBlock(holds ? body : otherwise, run)
  run.dot = dot
  variables.length = outerCount
  return jump
}

function runRange([, binding, over, body, otherwise]: RangeStatement, run: TemplateRun): LoopJump {
  const { dot, variables } = run
  const value = evaluateExpression(over, run)
  const skips = value instanceof MissingValue && otherwise.length > 0
  const visits = skips ? nothing : visitsOf(requirePresent(value), run.budget)
  if (visits.count === 0) return runBlock(otherwise, run)
  const outerCount = variables.length
  for (let index = 0; index < visits.count; index++) {
    run.budget.charge(1)
    const item = visits.item(index)
    run.dot = item
    if (binding !== null)
      bindVariables(binding, binding[0].length === 1 ? [item] : [visits.key(index), item], run)
    const jump = runBlock(body, run)
    variables.length = outerCount
    if (jump === 'break') break
  }
  run.dot = dot
  return undefined
}

/** What range visits, read one by one: it may break early. */
interface RangeVisits {
  readonly count: number
  readonly key: (index: number) => JsonValue
  readonly item: (index: number) => JsonValue
}

const nothing: RangeVisits = { count: 0, key: () => null, item: () => null }

/**
 * Returns items with their index, values with their key in sorted order, or the numbers below one.
 */
function visitsOf(value: JsonValue, budget: EvaluationBudget): RangeVisits {
  const own = (index: number): JsonValue => index
  if (value === null) return nothing
  if (Array.isArray(value)) {
    const items = value as readonly JsonValue[]
    return { count: items.length, key: own, item: (index) => items[index]! }
  }
  if (isJsonObject(value)) {
    const keys = sortedKeys(value, budget)
    const key = (index: number): string => keys[index]!
    return { count: keys.length, key, item: (index) => value[key(index)]! }
  }
  if (typeof value === 'number' && Number.isSafeInteger(value))
    return { count: Math.max(0, value), key: own, item: own }
  throw new EvaluationError(
    `range needs a list, an object or a whole number, got ${describeValue(value)}`,
  )
}
