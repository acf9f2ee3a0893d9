import type { ConditionIr } from './ir.ts'

/**
 * Compiles a condition: a template where the string has `{{`, else a CEL expression.
 * @param place `file:line:column` of the string
 * @throws TemplateSyntaxError with offsets into `text`
 */
export function parseCondition(text: string, place: string): ConditionIr {
  throw new Error(`not built yet: ${text} ${place}`)
}
