import { parseExactJson } from '../../engine/core/exact-json.ts'
import { explainInexactNumber } from '../../engine/core/exact-number.ts'

/** The part of JSON Schema that the form knows. */
export interface FormSchema {
  readonly type?: string | readonly string[]
  readonly title?: string
  readonly description?: string
  readonly enum?: readonly unknown[]
  readonly default?: unknown
  readonly properties?: Readonly<Record<string, FormSchema>>
  readonly required?: readonly string[]
  readonly minimum?: number
  readonly maximum?: number
  readonly items?: FormSchema
  readonly minItems?: number
}

/** How a field of a form is entered. */
export type Control = 'choice' | 'flag' | 'number' | 'text' | 'object' | 'list' | 'json'

/** Chooses the control of a schema; what a form cannot show is entered as JSON. */
export function controlOf(schema: FormSchema): Control {
  if (schema.enum !== undefined && schema.enum.every((value) => typeof value !== 'object'))
    return 'choice'
  switch (schema.type) {
    case 'boolean':
      return 'flag'
    case 'integer':
    case 'number':
      return 'number'
    case 'string':
      return 'text'
    case 'object':
      return schema.properties === undefined ? 'json' : 'object'
    case 'array':
      return schema.items === undefined ? 'json' : 'list'
    default:
      return 'json'
  }
}

/** A value that the schema's reader starts from. */
export function startingValue(schema: FormSchema): unknown {
  if (schema.default !== undefined) return schema.default
  switch (controlOf(schema)) {
    case 'object': {
      const required = new Set(schema.required)
      const entries = Object.entries(schema.properties ?? {})
        .filter(([key, field]) => required.has(key) || field.default !== undefined)
        .map(([key, field]) => [key, startingValue(field)] as const)
        .filter(([, value]) => value !== undefined)
      return Object.fromEntries(entries)
    }
    case 'choice':
      return schema.enum?.[0]
    case 'flag':
      return false
    case 'list': {
      const item = startingValue(schema.items ?? {})
      return (schema.minItems ?? 0) > 0 && item !== undefined ? [item] : []
    }
    case 'json':
      return schema.type === 'array' ? [] : undefined
    default:
      return undefined
  }
}

/**
 * Reads the text of a number field; undefined when empty, the text itself when it is no number.
 */
export function readNumber(text: string): number | string | undefined {
  if (text.trim() === '') return undefined
  const value = Number(text)
  return Number.isNaN(value) ? text : value
}

/** Says why a number field's text would not arrive as it is written; empty if it would. */
export function problemOfNumber(text: string): string {
  return (text.trim() === '' ? undefined : explainInexactNumber(text)) ?? ''
}

/**
 * Reads the text of a JSON field as the API does, so that no value is altered on its way; undefined
 * when empty.
 */
export function readJson(text: string): { readonly value: unknown } | { readonly problem: string } {
  if (text.trim() === '') return { value: undefined }
  const parsed = parseExactJson(text)
  if ('value' in parsed) return parsed
  const { pointer, message } = parsed.refusal
  return { problem: `${pointer} ${message}`.trim() }
}

/** Returns the object with a key set, or without it where the value is undefined. */
function withKey(
  object: Readonly<Record<string, unknown>>,
  key: string,
  value: unknown,
): Record<string, unknown> {
  const { [key]: _before, ...rest } = object
  return value === undefined ? rest : { ...object, [key]: value }
}

/**
 * What a new object has: its defaults, and its required fields that show a value before anybody
 * enters one. A choice is left to the person who fills in the form.
 */
function fieldsOfNew({ properties = {}, required = [] }: FormSchema): Record<string, unknown> {
  const entries = Object.entries(properties).flatMap(([key, field]) => {
    const value = valueOfNew(field, required.includes(key))
    return value === undefined ? [] : [[key, value] as const]
  })
  return Object.fromEntries(entries)
}

/** What a field of a new object has; undefined for nothing. */
function valueOfNew(field: FormSchema, required: boolean): unknown {
  if (field.default !== undefined) return field.default
  if (!required) return undefined
  switch (controlOf(field)) {
    case 'object':
      return fieldsOfNew(field)
    case 'flag':
    case 'list':
      return startingValue(field)
    default:
      return undefined
  }
}

/** Reports whether a field shows nothing that a person has entered. */
function isBlank(schema: FormSchema, value: unknown): boolean {
  switch (controlOf(schema)) {
    case 'flag':
      return value !== true
    case 'list':
      return Array.isArray(value) && value.length === 0
    case 'object':
      return Object.entries(value ?? {}).every(([key, one]) =>
        isBlank(schema.properties?.[key] ?? {}, one),
      )
    default:
      return value === undefined
  }
}

/** Reports whether a field is as it came with a new object, or blank. */
function isUntouched(schema: FormSchema, value: unknown): boolean {
  const isNew = JSON.stringify(value) === JSON.stringify(valueOfNew(schema, true))
  return isNew || isBlank(schema, value)
}

/** An object of a form as it was before one of its fields changed. */
interface ObjectField {
  readonly schema: FormSchema
  readonly required: boolean
  /** Undefined where the object is absent. */
  readonly value: Readonly<Record<string, unknown>> | undefined
}

/**
 * Returns an object after one of its fields has changed. An optional one is there while something
 * is entered in it, and absent otherwise.
 */
export function changeField(
  { schema, required, value = fieldsOfNew(schema) }: ObjectField,
  key: string,
  next: unknown,
): Readonly<Record<string, unknown>> | undefined {
  const changed = withKey(value, key, next)
  const fieldOf = (name: string): FormSchema => schema.properties?.[name] ?? {}
  const isLeft =
    isBlank(fieldOf(key), next) &&
    Object.entries(changed).every(([name, one]) => name === key || isUntouched(fieldOf(name), one))
  return !required && isLeft ? undefined : changed
}
