import type { JsonValue } from '../core/json.ts'
import type { ConditionIr, TemplateIr, TreeIr } from './ir.ts'
import type { Scope } from './scope.ts'

/** The value of a template: of any kind where the string is exactly one expression, else text. @throws TemplateError */
export function renderTemplate(template: TemplateIr, scope: Scope): JsonValue {
  throw new Error(`not built yet: ${template.place} ${scope.now}`)
}

/** A tree with every template in it evaluated, as new JSON. @throws TemplateError */
export function renderTree(tree: TreeIr, scope: Scope): JsonValue {
  throw new Error(`not built yet: ${tree.t} ${scope.now}`)
}

/** The value of a condition, of any kind (a router's). @throws TemplateError */
export function evaluateCondition(condition: ConditionIr, scope: Scope): JsonValue {
  throw new Error(`not built yet: ${condition.t} ${scope.now}`)
}

/** Whether a condition holds. @throws TemplateError also where its value is no boolean */
export function testCondition(condition: ConditionIr, scope: Scope): boolean {
  throw new Error(`not built yet: ${condition.t} ${scope.now}`)
}

/** A value as text inside a string: strings as they are, other values as JSON, null as nothing. */
export function textOf(value: JsonValue): string {
  return typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value)
}
