export { evaluateCondition, renderTemplate, renderTree, testCondition, textOf } from './evaluate.ts'
export type { ConditionIr, TemplateIr, TreeIr } from './ir.ts'
export type { Scope } from './scope.ts'
export { TemplateError } from './template-error.ts'
