import type { Violation } from '../core/errors.ts'
import type { JsonValue } from '../core/json.ts'
import type { TaskError } from '../core/task-error.ts'
import { withFoundValues } from '../core/violations.ts'
import { shorten } from './failure/error-text.ts'
import { toolLimits } from './limits.ts'

/** A check of a tool's input or output against its schema. */
export type ToolCheck = (value: JsonValue) => readonly Violation[]

/** What a value is to its tool. */
export interface CheckSubject {
  readonly side: 'input' | 'output'
  readonly toolId: string
  /** Cleans texts that may quote the value. */
  readonly clean: (text: string) => string
}

const shownInMessage = 3

function nestsDeeper(value: JsonValue, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (levels === 0) return true
  return Object.values(value).some((child: JsonValue) => nestsDeeper(child, levels - 1))
}

/**
 * Runs a check. Whatever it throws is a violation too: thrown on, Temporal would retry it for ever.
 */
function violationsOf(value: JsonValue, check: ToolCheck): readonly Violation[] {
  if (nestsDeeper(value, toolLimits.depth)) {
    const message = `is nested too deep; at most ${toolLimits.depth} levels are allowed`
    return [{ pointer: '', message }]
  }
  try {
    return check(value)
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown)
    return [{ pointer: '', message: `cannot be checked against the schema: ${reason}` }]
  }
}

/**
 * Returns the error of a value that does not fit its schema, undefined if it fits. The error lists
 * a bounded number of violations; never throws.
 */
export function checkValue(
  value: JsonValue,
  check: ToolCheck,
  { side, toolId, clean }: CheckSubject,
): TaskError | undefined {
  const violations = violationsOf(value, check)
  if (violations.length === 0) return undefined
  const text = (raw: string) => shorten(clean(raw), toolLimits.violationCharacters)
  const kept = withFoundValues(violations.slice(0, toolLimits.violations), value, clean).map(
    ({ pointer, message }) => ({ pointer: text(pointer), message: text(message) }),
  )
  const shown = kept
    .slice(0, shownInMessage)
    .map(({ pointer, message }) => `${pointer === '' ? '(whole)' : pointer} ${message}`)
  const more = violations.length - shown.length
  const rest = more > 0 ? `; and ${more} more` : ''
  return {
    type: side === 'input' ? 'InvalidToolInput' : 'InvalidToolOutput',
    message: `${side} of tool "${toolId}": ${shown.join('; ')}${rest}`,
    cause: { violations: kept },
  }
}
