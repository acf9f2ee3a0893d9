import type { JsonValue } from '../../core/json.ts'
import { type Budget, createBudget, EvaluationError } from './budget.ts'
import { type CelCache, evaluateCel } from '../cel/evaluate-cel.ts'
import type { ConditionIr, TemplateIr, TreeIr } from '../ir.ts'
import type { Block } from '../parse/syntax-tree.ts'
import { runTemplate } from './run-template.ts'
import type { Scope } from './scope.ts'
import { TemplateError } from './template-error.ts'
import { describe } from './values.ts'

/**
 * The value of a template: of any kind where the string is exactly one `{{ expression }}`, else text.
 * @throws TemplateError
 *
 * @example renderTemplate(parseTemplate('{{ add 1 2 }}', place), scope) // 3
 */
export function renderTemplate(template: TemplateIr, scope: Scope): JsonValue {
  return renderWithin(template, scope, createBudget())
}

/** A tree with every template in it evaluated; its literals stay as they are. One budget for all. @throws TemplateError */
export function renderTree(tree: TreeIr, scope: Scope): JsonValue {
  return renderNode(tree, scope, createBudget())
}

/**
 * The value of a condition, of any kind (a router's).
 * @param cache keeps parsed CEL between calls, for one condition on many scopes
 * @throws TemplateError
 */
export function evaluateCondition(
  condition: ConditionIr,
  scope: Scope,
  cache?: CelCache,
): JsonValue {
  const budget = createBudget()
  if (condition.t === 'tpl') return renderWithin(condition.template, scope, budget)
  return placed(condition.place, () => evaluateCel(condition.source, scope, budget, cache))
}

/** Whether a condition holds. @throws TemplateError also where its value is no boolean */
export function testCondition(condition: ConditionIr, scope: Scope, cache?: CelCache): boolean {
  const value = evaluateCondition(condition, scope, cache)
  if (typeof value === 'boolean') return value
  const place = condition.t === 'tpl' ? condition.template.place : condition.place
  throw new TemplateError(`a condition must give true or false, not ${describe(value)}`, place)
}

/** A value as text inside a string: strings as they are, other values as JSON, null as nothing. */
export function textOf(value: JsonValue): string {
  return typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value)
}

function renderNode(tree: TreeIr, scope: Scope, budget: Budget): JsonValue {
  switch (tree.t) {
    case 'lit':
      return tree.value
    case 'tpl':
      return renderWithin(tree.template, scope, budget)
    case 'list':
      return tree.items.map((item) => renderNode(item, scope, budget))
    case 'obj':
      return Object.fromEntries(
        tree.entries.map(([key, item]) => [key, renderNode(item, scope, budget)]),
      )
  }
}

function renderWithin({ body, place }: TemplateIr, scope: Scope, budget: Budget): JsonValue {
  return placed(place, () => runTemplate(body as unknown as Block, scope, budget))
}

/** Gives errors of an evaluation their place. */
function placed(place: string, run: () => JsonValue): JsonValue {
  try {
    return run()
  } catch (error) {
    if (error instanceof EvaluationError) throw new TemplateError(error.message, place, error.path)
    throw error
  }
}
