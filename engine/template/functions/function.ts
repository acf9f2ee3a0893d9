import type { JsonValue } from '../../core/json.ts'
import { type EvaluationBudget, EvaluationError } from '../evaluate/budget.ts'
import type { MissingValue } from '../evaluate/missing-value.ts'
import type { TemplateRules } from '../evaluate/scope.ts'
import { describeValue } from '../evaluate/values.ts'

/** What a function may use besides its arguments. */
export interface FunctionContext {
  readonly budget: EvaluationBudget
  /** The workflow's time, in milliseconds since 1970. */
  readonly now: number
  readonly uuid: () => string
  readonly rules: TemplateRules
}

/** One function of the template language, and its row in docs/reference/template-functions.md. */
export interface TemplateFunction {
  readonly name: string
  /** Fewest and most arguments, a piped value included. */
  readonly arity: readonly [fewest: number, most: number]
  /** One or two sentences, for the reference. */
  readonly doc: string
  /** Templates with the value that they give; each one is a test. */
  readonly examples: readonly (readonly [template: string, result: JsonValue])[]
  /** Missing arguments count as null instead of being an error. */
  readonly takesMissing?: true
  /** Arguments come in pairs of name and value. */
  readonly pairs?: true
  /** Its time does not grow with its arguments, or it charges for them itself. */
  readonly constantTime?: true
  /** Its errors are the author's own words: the function's name does not go before them. */
  readonly ownMessage?: true
  readonly call: (args: readonly JsonValue[], context: FunctionContext) => JsonValue | MissingValue
}

/** The functions of one theme. */
export type TemplateFunctions = readonly TemplateFunction[]

function refuse(value: JsonValue, wanted: string): never {
  throw new EvaluationError(`needs ${wanted}, got ${describeValue(value)}`)
}

/** Returns the argument as text. @throws EvaluationError, like every reader of arguments here */
export function asText(value: JsonValue): string {
  return typeof value === 'string' ? value : refuse(value, 'text')
}

export function asNumber(value: JsonValue): number {
  if (typeof value === 'number') return value
  const isText = typeof value === 'string'
  return refuse(value, isText ? 'a number (convert with int or float64)' : 'a number')
}

/** Returns a whole number that a double holds exactly. */
export function asWhole(value: JsonValue): number {
  const whole = asNumber(value)
  return Number.isSafeInteger(whole) ? whole : refuse(value, 'a whole number')
}

export function asList(value: JsonValue): readonly JsonValue[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]) : refuse(value, 'a list')
}

export function asObject(value: JsonValue): { readonly [key: string]: JsonValue } {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as { readonly [key: string]: JsonValue }
  return refuse(value, 'an object')
}
