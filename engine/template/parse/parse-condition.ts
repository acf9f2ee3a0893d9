import { parseCel } from '../cel/syntax.ts'
import type { ConditionIr } from '../ir.ts'
import { hasTemplate, parseTemplate } from './parse-template.ts'
import { trimLineBreaks } from './trim-line-breaks.ts'

/**
 * Compiles a condition: a template where the string has `{{`, else a CEL expression.
 * Line breaks at its ends do not count.
 * @param place `file:line:column` of the string, kept for errors at run time
 * @throws TemplateSyntaxError with offsets into `text`
 *
 * @example parseCondition('tasks.price.output.total > 100', 'orders.yaml:9:17')
 */
export function parseCondition(text: string, place: string): ConditionIr {
  if (hasTemplate(text)) {
    return { t: 'tpl', template: trimLineBreaks(parseTemplate(text, place)) }
  }
  parseCel(text)
  return { t: 'cel', source: text, place }
}
