import { isJsonObject, type JsonValue } from '../../core/json.ts'
import { type EvaluationBudget, EvaluationError } from './budget.ts'
import { jsonText } from './json-text.ts'

/** Reports whether a value is empty as Go sees it: null, false, 0, "", [] or {}. */
export function isEmpty(value: JsonValue, budget: EvaluationBudget): boolean {
  if (Array.isArray(value)) return value.length === 0
  if (isJsonObject(value)) return budget.keysOf(value).length === 0
  return value === null || value === false || value === 0 || value === ''
}

/** The kinds of values that comparisons tell apart. */
export type ValueKind = 'null' | 'boolean' | 'number' | 'string' | 'list' | 'object'

/** Returns the kind of a value. */
export function valueKind(value: JsonValue): ValueKind {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'list'
  return typeof value as 'boolean' | 'number' | 'string' | 'object'
}

/** Names a value in an error message: `the number 5`, `the text "abc"`, `a list`. */
export function describeValue(value: JsonValue): string {
  if (typeof value === 'string') return `the text ${JSON.stringify(value.slice(0, 40))}`
  if (typeof value === 'number') return `the number ${value}`
  if (Array.isArray(value)) return 'a list'
  return isJsonObject(value) ? 'an object' : JSON.stringify(value)
}

/**
 * Returns a value as a template writes it: strings unchanged, null as nothing, the rest as JSON.
 */
export function writtenText(value: JsonValue, budget: EvaluationBudget): string {
  if (typeof value === 'string') return value
  return value === null ? '' : jsonText(value, budget)
}

/**
 * Reports whether two values are equal, kind included. The order of object keys does not matter.
 */
export function isSame(a: JsonValue, b: JsonValue, budget: EvaluationBudget): boolean {
  const kind = valueKind(a)
  if (kind !== valueKind(b)) return false
  if (typeof a === 'string' && a.length === (b as string).length) budget.readText(a.length)
  if (kind !== 'list' && kind !== 'object') return a === b
  return jsonText(a, budget, { sorted: true }) === jsonText(b, budget, { sorted: true })
}

/** @throws EvaluationError unless both values are of one kind, or one of them is null */
export function requireComparable(a: JsonValue, b: JsonValue): void {
  if (a === null || b === null || valueKind(a) === valueKind(b)) return
  throw new EvaluationError(
    `can't compare ${describeValue(a)} with ${describeValue(b)}; ` +
      'convert one of them (int, float64, toString)',
  )
}
