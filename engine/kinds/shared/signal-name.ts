import type { JsonValue } from '../../core/json.ts'
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

/** The longest name of a signal or an event, in characters. */
const maximumName = 200

/**
 * Renders the name of a signal or an event: free text of 1 to 200 characters, as in the API. The
 * loader checks names without templates.
 * @throws TemplateError
 */
export function signalName(template: TemplateIr, scope: Scope): string {
  const name = textOf(renderTemplate(template, scope))
  if (name !== '' && name.length <= maximumName) return name
  const given = name === '' ? 'an empty text' : `one of ${name.length}`
  throw new TemplateError(
    `the name of a signal has 1 to ${maximumName} characters, not ${given}`,
    template.place,
  )
}

/** Reports a literal name that is not valid. */
export function checkSignalName(value: JsonValue | undefined, path: Path, report: Report): void {
  const literal = literalOf(value)
  if (typeof literal === 'string') readScalar({ is: 'name', doc: '' }, literal, path, report)
}
