import { isFreeName, longestName, nameAllowed } from '../../core/free-name.ts'
import type { JsonValue } from '../../core/json.ts'
import { quoteShort } from '../../core/quote.ts'
import type { Path } from '../../core/source.ts'
import { readScalar } from '../../schema/read-scalar.ts'
import type { Report } from '../../schema/report.ts'
import { literalOf } from './literal.ts'
import {
  renderTemplate,
  TemplateError,
  textOf,
  type Scope,
  type TemplateIr,
} from '../../template/sandbox.ts'

/**
 * Renders the name of a signal or an event: free text, as in the API. The loader checks names
 * without templates.
 * @throws TemplateError
 */
export function signalName(template: TemplateIr, scope: Scope): string {
  const name = textOf(renderTemplate(template, scope))
  if (isFreeName(name)) return name
  throw new TemplateError(
    `the name of a signal must be ${nameAllowed}, not ${describe(name)}`,
    template.place,
  )
}

function describe(name: string): string {
  if (name === '') return 'an empty text'
  return name.length > longestName ? `one of ${name.length} characters` : quoteShort(name)
}

/** Reports a literal name that is not valid. */
export function checkSignalName(value: JsonValue | undefined, path: Path, report: Report): void {
  const literal = literalOf(value)
  if (typeof literal === 'string') readScalar({ is: 'name', doc: '' }, literal, path, report)
}
