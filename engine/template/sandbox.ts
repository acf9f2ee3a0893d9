export type { CelCache } from './cel/evaluate-cel.ts'
export {
  evaluateCondition,
  renderTemplate,
  renderTree,
  testCondition,
  textOf,
} from './evaluate/evaluate.ts'
export type { ConditionIr, TemplateIr, TreeIr } from './ir.ts'
export { readsRoot } from './evaluate/reads-root.ts'
export { ActivationBudget } from './evaluate/budget.ts'
export { currentRules, type Scope, type TemplateRules } from './evaluate/scope.ts'
export { describeValue } from './evaluate/values.ts'
export { TemplateError } from './evaluate/template-error.ts'
