import type { z } from 'zod'
import { didYouMean, listNames } from '../../core/nearest.ts'
import { quoteShort } from '../../core/quote.ts'

/** What is read of the JSON Schema of a part of a request. */
export interface PartSchema {
  readonly type?: string
  readonly description?: string
  readonly format?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly enum?: readonly unknown[]
  readonly properties?: Readonly<Record<string, PartSchema>>
  readonly items?: PartSchema
}

/** A part of a request: its name, what the client sent, and what is allowed there. */
export interface GivenPart {
  readonly part: string
  readonly raw: unknown
  readonly schema: PartSchema
}

type Issue = z.core.$ZodIssue

const thousands = (count: number): string => count.toLocaleString('en-US')

/** Returns the value at a path as the client sent it. Lists in a query are separated by commas. */
function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((at, key) => {
    if (typeof at === 'string' && typeof key === 'number') return at.split(',')[key]
    if (typeof at !== 'object' || at === null) return undefined
    return Object.hasOwn(at, key) ? (at as Record<PropertyKey, unknown>)[key] : undefined
  }, raw)
}

function schemaAt(schema: PartSchema, path: readonly PropertyKey[]): PartSchema {
  return path.reduce<PartSchema>((at, key) => {
    const below = typeof key === 'number' ? at.items : at.properties?.[String(key)]
    return below ?? {}
  }, schema)
}

function describeText(text: string, issue: Issue): string {
  if (text === '') return 'is empty'
  // A number of a query is text too, and is too big itself.
  const isTooLong = issue.code === 'too_big' && issue.origin === 'string'
  return isTooLong ? `has ${thousands(text.length)} characters` : `is ${quoteShort(text)}`
}

/** Reports whether a part gives each name once, so that a list is a repetition. */
const isPerLine = (part: string): boolean => part === 'query' || part === 'headers'

/** Says what was sent. */
function describeGiven(value: unknown, issue: Issue, part: string): string {
  if (typeof value === 'string') return describeText(value, issue)
  if (value === undefined) return 'is missing'
  if (Array.isArray(value)) {
    if (isPerLine(part)) return `is given ${value.length} times`
    if (value.length === 0) return 'is an empty list'
    return issue.code === 'too_big' ? `has ${thousands(value.length)} entries` : 'is a list'
  }
  return typeof value === 'object' && value !== null
    ? 'is an object'
    : `is ${JSON.stringify(value)}`
}

function describeLength({ minLength = 0, maxLength }: PartSchema): string {
  if (maxLength !== undefined)
    return `a text of ${Math.max(1, minLength)} to ${thousands(maxLength)} characters`
  return minLength > 0 ? 'a text that is not empty' : 'a text'
}

/** Says what a number means, such as its unit, by the first clause of its description. */
function meaningOf({ description }: PartSchema): string {
  return description === undefined ? '' : ` (${description.split(';')[0]})`
}

/** Says what is allowed. */
function describeAllowed(issue: Issue, schema: PartSchema): string {
  // Patterns come with words for what they match.
  if (issue.code === 'invalid_format' && issue.format === 'regex') return issue.message
  if (issue.code === 'too_big' && issue.origin === 'array')
    return `at most ${issue.maximum} entries`
  if (issue.code === 'invalid_value') return `one of ${listNames(issue.values.map(String))}`
  if (schema.enum !== undefined) return `one of ${listNames(schema.enum.map(String))}`
  switch (schema.type) {
    case 'integer':
      return `a whole number from ${schema.minimum} to ${schema.maximum}${meaningOf(schema)}`
    case 'string':
      return schema.format === 'date-time'
        ? 'a time in RFC 3339, such as 2026-01-31T09:30:00Z'
        : describeLength(schema)
    case 'boolean':
      return 'true or false'
    case 'array':
      return schema.maxItems === undefined ? 'a list' : `a list of 1 to ${schema.maxItems} entries`
    default:
      return 'a JSON object'
  }
}

function explainUnknown(keys: readonly string[], part: string, known: readonly string[]): string {
  const [first = ''] = keys
  const what = part === 'query' ? 'parameter' : 'key'
  const more = keys.length > 1 ? ` and ${keys.length - 1} more` : ''
  const guess = first.length > 100 ? '' : didYouMean(first, known)
  const allowed = known.length === 0 ? 'it takes none' : `it takes ${listNames(known)}`
  return `has the unknown ${what} ${quoteShort(first)}${more}${guess || `; ${allowed}`}`
}

/**
 * Says what is wrong with a part of a request and what is allowed, such as `is "ten"; it must be a
 * whole number from 1 to 200`. The place is in the pointer.
 */
export function explainIssue(issue: Issue, { part, raw, schema }: GivenPart): string {
  const here = schemaAt(schema, issue.path)
  if (issue.code === 'unrecognized_keys')
    return explainUnknown(issue.keys, part, Object.keys(here.properties ?? {}))
  const value = valueAt(raw, issue.path)
  const given = describeGiven(value, issue, part)
  if (isPerLine(part) && Array.isArray(value)) return `${given}; give it once`
  return `${given}; it must be ${describeAllowed(issue, here)}`
}
