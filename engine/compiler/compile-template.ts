import { defined } from '../core/defined.ts'
import { isJsonObject, type JsonValue } from '../core/json.ts'
import { formatPlace, type Path } from '../core/source.ts'
import {
  compileTree,
  isOneAction,
  parseCondition,
  parseTemplate,
  TemplateSyntaxError,
  trimLineBreaks,
  type ConditionIr,
  type TemplateIr,
  type TemplateProblem,
  type TreeIr,
} from '../template/index.ts'
import { kindOf, type Report } from '../schema/report.ts'

/** What helps where a value should be text: an unquoted template is no text to YAML. */
function quotesHint(value: JsonValue): { readonly hint?: string } {
  if (!isJsonObject(value)) return {}
  return { hint: 'an unquoted {{ … }} is a mapping to YAML; write "{{ … }}"' }
}

/** Reports a problem inside a string, with the caret under the wrong part of the template. */
export function reportProblem(report: Report, path: Path, problem: TemplateProblem): void {
  const { message, offset, length, hint } = problem
  report.error(path, message, defined({ offset, length, hint }))
}

function parsed<T>(report: Report, path: Path, parse: () => T): T | undefined {
  try {
    return parse()
  } catch (thrown) {
    if (!(thrown instanceof TemplateSyntaxError)) throw thrown
    reportProblem(report, path, thrown)
    return undefined
  }
}

/**
 * Compiles one text with templates, as it is written; a number or boolean counts as text.
 */
export function compileTemplate(
  value: JsonValue,
  path: Path,
  report: Report,
): TemplateIr | undefined {
  const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value
  if (typeof text !== 'string') {
    report.error(
      path,
      `"${path.at(-1)}" must be text or a template, not ${kindOf(value)}`,
      quotesHint(value),
    )
    return undefined
  }
  const place = formatPlace(report.source.locate(path))
  return parsed(report, path, () => parseTemplate(text, place))
}

/** Compiles a name, an id or a time: {@link compileTemplate} without line breaks at its ends. */
export function compileName(value: JsonValue, path: Path, report: Report): TemplateIr | undefined {
  const template = compileTemplate(value, path, report)
  return template && trimLineBreaks(template)
}

const hintOfCondition =
  'one {{ … }} with nothing around it: "{{ and (eq .a 1) (gt .b 2) }}"; or CEL without braces'

/**
 * Compiles a condition: a template or a CEL expression.
 * @param givesAny whether its value may be any, as a router's; else it must be true or false
 */
export function compileCondition(
  value: JsonValue,
  path: Path,
  report: Report,
  givesAny = false,
): ConditionIr | undefined {
  const text = typeof value === 'boolean' ? String(value) : value
  if (typeof text !== 'string') {
    report.error(
      path,
      `"${path.at(-1)}" must be a template or an expression, not ${kindOf(value)}`,
      quotesHint(value),
    )
    return undefined
  }
  const place = formatPlace(report.source.locate(path))
  const condition = parsed(report, path, () => parseCondition(text, place))
  if (condition?.t === 'tpl' && !givesAny && !isOneAction(condition.template))
    report.error(path, `this "${path.at(-1)}" gives text, never true or false`, {
      hint: hintOfCondition,
    })
  return condition
}

/** Compiles a tree in which any string may be a template; its keys stay as they are written. */
export function compileTemplateTree(value: JsonValue, path: Path, report: Report): TreeIr {
  return compileTree(value, {
    place: (inner) => formatPlace(report.source.locate([...path, ...inner])),
    onError: (inner, error) => reportProblem(report, [...path, ...inner], error),
    onTemplateKey: (inner) =>
      report.warning([...path, ...inner], 'a template in a key is not evaluated', {
        key: true,
        hint: 'the key stays as it is written; only values may be templates',
      }),
  })
}
