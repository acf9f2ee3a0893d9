import { defined } from '../../core/defined.ts'
import type { JsonValue } from '../../core/json.ts'
import { JsonSizes } from '../../core/size/json-sizes.ts'
import { jsonStart } from '../../core/size/json-start.ts'
import { type CelCache, evaluateCel } from '../cel/evaluate-cel.ts'
import type { ConditionIr, TemplateIr, TreeIr } from '../ir.ts'
import { EvaluationBudget, EvaluationError } from './budget.ts'
import { blockOf } from '../parse/syntax-tree.ts'
import { runTemplate } from './run-template.ts'
import type { Scope } from './scope.ts'
import { TemplateError } from './template-error.ts'
import { describeValue } from './values.ts'

/**
 * Returns the value of a template: of any kind when the string is exactly one `{{ expression }}`,
 * else text.
 * @throws TemplateError
 *
 * @example renderTemplate(parseTemplate('{{ add 1 2 }}', place), scope) // 3
 */
export function renderTemplate(template: TemplateIr, scope: Scope): JsonValue {
  return renderString(template, scope, new EvaluationBudget(scope.activation))
}

/**
 * Returns a tree with all its templates evaluated, under one budget; literals stay as they are.
 * @throws TemplateError
 */
export function renderTree(tree: TreeIr, scope: Scope): JsonValue {
  return renderNode(tree, scope, new EvaluationBudget(scope.activation))
}

/**
 * Returns the value of a condition, of any kind (a router's).
 * @param cache keeps parsed CEL between calls, for one condition on many scopes
 * @throws TemplateError
 */
export function evaluateCondition(
  condition: ConditionIr,
  scope: Scope,
  cache?: CelCache,
): JsonValue {
  if (condition.t === 'tpl') return renderTemplate(condition.template, scope)
  const budget = new EvaluationBudget(scope.activation)
  return withPlace(condition.place, () => evaluateCel(condition.source, scope, budget, cache))
}

/**
 * Reports whether a condition holds.
 * @throws TemplateError also when its value is not a boolean
 */
export function testCondition(condition: ConditionIr, scope: Scope, cache?: CelCache): boolean {
  const value = evaluateCondition(condition, scope, cache)
  if (typeof value === 'boolean') return value
  const place = condition.t === 'tpl' ? condition.template.place : condition.place
  throw new TemplateError(`a condition must give true or false, not ${describeValue(value)}`, place)
}

/**
 * The longest JSON text that {@link textOf} writes. It is more than can be sent, compared, carried
 * or be a name: a longer one would fare no differently.
 */
const longestText = 4_194_304
/** What is written of a longer one: more than a message or an id shows. */
const writtenStart = 65_536

/**
 * Returns a value as text inside a string: strings unchanged, null as nothing, the rest as JSON. A
 * value that shares its parts may be far larger as text than in memory: of a text beyond 4 MiB only
 * the start is written, and filled up to 4 MiB.
 */
export function textOf(value: JsonValue): string {
  if (typeof value === 'string') return value
  if (value === null) return ''
  const sizes = new JsonSizes()
  const over = sizes.over(value, longestText)
  const isWhole = over === undefined || sizes.shown(value, over) <= longestText
  return isWhole ? JSON.stringify(value) : jsonStart(value, writtenStart).padEnd(longestText, '…')
}

function renderNode(tree: TreeIr, scope: Scope, budget: EvaluationBudget): JsonValue {
  switch (tree.t) {
    case 'lit':
      return tree.value
    case 'tpl':
      return renderString(tree.template, scope, budget)
    case 'list':
      return tree.items.map((item) => renderNode(item, scope, budget))
    case 'obj':
      return Object.fromEntries(
        tree.entries.map(([key, item]) => [key, renderNode(item, scope, budget)]),
      )
  }
}

function renderString(template: TemplateIr, scope: Scope, budget: EvaluationBudget): JsonValue {
  return withPlace(template.place, () => runTemplate(blockOf(template), scope, budget))
}

/** Runs an evaluation and gives its errors their place. */
function withPlace(place: string, run: () => JsonValue): JsonValue {
  try {
    return run()
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error
    const type: TemplateError['type'] = error.exceedsLimit ? 'LimitExceeded' : 'TemplateError'
    throw new TemplateError(error.message, place, defined({ type, path: error.path }))
  }
}
