import { isJsonObject, type JsonObject, type JsonValue } from '../../../../core/json.ts'
import type { Patterns } from '../linear-pattern.ts'
import type { Check, ValidationRun } from '../run.ts'

/** What a keyword is built from. */
export interface SchemaParts {
  readonly schema: JsonObject
  /** Builds the check of a schema inside this one. */
  readonly build: (inner: JsonValue) => Check
  readonly patterns: Patterns
  readonly isDraft7: boolean
  /** Whether `unevaluatedProperties` or `unevaluatedItems` ask for what is evaluated. */
  readonly tracks: boolean
}

/** A keyword, or some that are read together. */
export interface Keyword {
  readonly names: readonly string[]
  /** Returns undefined if they demand nothing. */
  readonly create: (parts: SchemaParts) => Check | undefined
}

/** Values of JSON by the group of keywords that apply to them. */
export interface Groups<T> {
  readonly any: T
  readonly number: T
  readonly string: T
  readonly array: T
  readonly object: T
}

function refuse(keyword: string, expected: string): never {
  throw new Error(`"${keyword}" must be ${expected}`)
}

/** Returns a keyword that must be a number, if it is there. */
export function numberKeyword(schema: JsonObject, keyword: string): number | undefined {
  const value = schema[keyword]
  if (value === undefined || typeof value === 'number') return value
  return refuse(keyword, 'a number')
}

/** Returns a keyword that must be a text, if it is there. */
export function textKeyword(schema: JsonObject, keyword: string): string | undefined {
  const value = schema[keyword]
  if (value === undefined || typeof value === 'string') return value
  return refuse(keyword, 'a text')
}

/** Returns a keyword that must be a list, if it is there. */
export function listKeyword(schema: JsonObject, keyword: string): readonly JsonValue[] | undefined {
  const value = schema[keyword]
  if (value === undefined) return undefined
  return Array.isArray(value) ? (value as readonly JsonValue[]) : refuse(keyword, 'a list')
}

/** Returns a keyword that must be an object, if it is there. */
export function objectKeyword(schema: JsonObject, keyword: string): JsonObject | undefined {
  const value = schema[keyword]
  if (value === undefined || isJsonObject(value)) return value
  return refuse(keyword, 'an object')
}

/** Runs checks one after another: all of them when collecting, else up to the first failure. */
export function runAll(checks: readonly Check[], value: JsonValue, run: ValidationRun): boolean {
  let isValid = true
  // An index is faster here than an iterator.
  for (let i = 0; i < checks.length; i++) {
    if (checks[i]!(value, run)) continue
    isValid = false
    if (!run.isCollecting) return false
  }
  return isValid
}
