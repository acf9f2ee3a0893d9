import { isJsonObject, type JsonValue } from '../../core/json.ts'
import { type Budget, EvaluationError, jsonText } from './budget.ts'

/** Go's truth: null, false, 0, "", [] and {} are empty. */
export function isEmpty(value: JsonValue): boolean {
  if (Array.isArray(value)) return value.length === 0
  if (isJsonObject(value)) return Object.keys(value).length === 0
  return value === null || value === false || value === 0 || value === ''
}

/** Kinds that a comparison tells apart. */
export type Kind = 'null' | 'boolean' | 'number' | 'string' | 'list' | 'object'

/** The kind of a value. */
export function kindOf(value: JsonValue): Kind {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'list'
  return typeof value as 'boolean' | 'number' | 'string' | 'object'
}

/** A value in an error: `the number 5`, `the text "abc"`, `a list`. */
export function describe(value: JsonValue): string {
  switch (kindOf(value)) {
    case 'null':
      return 'null'
    case 'boolean':
      return `${value as boolean}`
    case 'number':
      return `the number ${value as number}`
    case 'string':
      return `the text ${JSON.stringify((value as string).slice(0, 40))}`
    case 'list':
      return 'a list'
    case 'object':
      return 'an object'
  }
}

/** A value as it is put into text: strings as they are, null as nothing, everything else as JSON. */
export function textInto(value: JsonValue, budget: Budget): string {
  if (typeof value === 'string') return value
  return value === null ? '' : jsonText(value, budget)
}

/** Whether two values are the same, kinds included; the order of an object's keys does not matter. */
export function isSame(a: JsonValue, b: JsonValue, budget: Budget): boolean {
  const kind = kindOf(a)
  if (kind !== kindOf(b)) return false
  if (kind !== 'list' && kind !== 'object') return a === b
  return jsonText(a, budget, { sorted: true }) === jsonText(b, budget, { sorted: true })
}

/** Whether two values may be compared: of one kind, or one of them null. @throws EvaluationError if not */
export function requireComparable(a: JsonValue, b: JsonValue): void {
  if (a === null || b === null || kindOf(a) === kindOf(b)) return
  throw new EvaluationError(
    `can't compare ${describe(a)} with ${describe(b)}; convert one of them (int, float64, toString)`,
  )
}
