import type { Violation } from '../../../core/errors.ts'
import type { JsonValue } from '../../../core/json.ts'
import { pointerOf, type Failure } from './run.ts'

/** Violations that are reported of one value; the last one counts the rest. */
export const maximumViolations = 20
const maximumMessage = 300
const maximumPointer = 500
const shownChoices = 20

function cut(text: string, length: number): string {
  if (text.length <= length) return text
  // Never between the halves of a surrogate pair.
  return `${text
    .slice(0, length - 1)
    .toWellFormed()
    .replace(/\uFFFD$/, '')}…`
}

/** Lists values, only the first ones of many. */
export function shortList(values: readonly JsonValue[]): string {
  const shown = values.slice(0, shownChoices).map((value) => cut(JSON.stringify(value), 60))
  const more = values.length - shown.length
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '')
}

/** Returns at most {@link maximumViolations}, each once and short; the last one counts the rest. */
export function toViolations(failures: readonly Failure[], complete: boolean): Violation[] {
  const violations = new Map<string, Violation>()
  for (const failure of failures) {
    if (violations.size > maximumViolations) break
    const short = {
      pointer: cut(pointerOf(failure), maximumPointer),
      message: cut(failure.message(), maximumMessage),
    }
    violations.set(`${short.pointer} ${short.message}`, short)
  }
  const all = [...violations.values()]
  if (complete && all.length <= maximumViolations) return all
  const shown = all.slice(0, maximumViolations - 1)
  const rest = failures.length - shown.length
  if (rest <= 0) return all.slice(0, maximumViolations)
  const count = complete ? `${rest}` : `more than ${rest}`
  return [...shown, { pointer: '', message: `has ${count} other violations` }]
}
