import { bytesText, jsonBytes } from '../../core/limits.ts'
import {
  renderTemplate,
  TemplateError,
  textOf,
  type Scope,
  type TemplateIr,
} from '../../template/sandbox.ts'

/** The longest id of a run that Temporal takes, in bytes: its setting `limit.maxIDLength`. */
const maximumBytes = 1_000

/**
 * Renders the `exec_id` of a run. Temporal refuses a workflow task that names an empty or a longer
 * one, again and again, so neither may reach it.
 * @throws TemplateError
 */
export function renderExecId(template: TemplateIr, scope: Scope): string {
  const value = renderTemplate(template, scope)
  const execId = textOf(value)
  // Without its quotes.
  const bytes = jsonBytes(execId) - 2
  if (bytes > 0 && bytes <= maximumBytes) return execId
  const empty = value === null ? 'null' : 'an empty text'
  throw new TemplateError(
    `exec_id must give the id of a run, at most ${bytesText(maximumBytes)}, ` +
      `not ${bytes <= 0 ? empty : bytesText(bytes)}`,
    template.place,
  )
}
