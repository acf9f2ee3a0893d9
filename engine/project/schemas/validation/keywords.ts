import {
  _,
  Name,
  type Ajv,
  type AnySchemaObject,
  type FuncKeywordDefinition,
  type KeywordCxt,
  type SchemaValidateFunction,
} from 'ajv'
import { isMultipleOf } from '../../../core/exact-number.ts'
import type { JsonValue } from '../../../core/json.ts'
import { createCanonical, type Canonical } from './canonical.ts'
import { work, type Meter } from './meter.ts'

/** Ajv's own variables in the code that it writes: how many errors there are, and which. */
const errors = new Name('errors')
const vErrors = new Name('vErrors')

/** Marks every schema, so that the work of a validation is counted. */
export const meterKeyword = 'x-compozy-meter'

/** Canonical keys of the validation under way. */
export interface ValidationScope {
  canonical: Canonical
  /** Schemas compiled so far. */
  schemas: number
}

/** Creates the scope that the keywords of one compiler share. */
export function createValidationScope(meter: Meter): ValidationScope {
  return { canonical: createCanonical(meter), schemas: 0 }
}

const lengthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? Object.keys(value).length : 0

/** Returns the work of one schema, without that of the schemas inside it. */
function workOf(schema: AnySchemaObject, isAlternative: boolean): number {
  const names = lengthOf(schema['required']) + lengthOf(schema['dependentRequired'])
  return (isAlternative ? work.alternative : 1) + Math.ceil(names / 2)
}

function addMeter(ajv: Ajv, meter: Meter): void {
  const keyword = {
    keyword: meterKeyword,
    code({ gen, it, parentSchema }: KeywordCxt) {
      const counter = gen.scopeValue('obj', { ref: meter })
      gen.code(_`${counter}.spend(${workOf(parentSchema, it.compositeRule === true)})`)
      // Errors inside anyOf and its like are not violations yet.
      if (it.allErrors === true && it.compositeRule !== true)
        gen.code(_`${counter}.found(${errors}, ${vErrors})`)
    },
  }
  ajv.addKeyword(keyword)
}

const isPrimitive = (value: JsonValue): boolean => typeof value !== 'object' || value === null

/** Reports the two equal items with the lowest indexes, as Ajv does. */
function addUniqueItems(ajv: Ajv, scope: ValidationScope, meter: Meter): void {
  const validate: SchemaValidateFunction = (wanted: boolean, items: readonly JsonValue[]) => {
    if (!wanted) return true
    const primitives = new Map<JsonValue, number>()
    const others = new Map<JsonValue, number>()
    for (const [i, item] of items.entries()) {
      meter.spend(work.compared)
      const seen = isPrimitive(item) ? primitives : others
      const key = isPrimitive(item) ? item : scope.canonical.keyOf(item)
      const first = seen.get(key)
      if (first !== undefined) {
        const message = `must not have equal items (items ${first} and ${i} are equal)`
        validate.errors = [{ keyword: 'uniqueItems', message, params: { i: first, j: i } }]
        return false
      }
      seen.set(key, i)
    }
    return true
  }
  replace(ajv, { keyword: 'uniqueItems', type: 'array', schemaType: 'boolean', validate })
}

function addChoices(ajv: Ajv, scope: ValidationScope): void {
  const primitives = new WeakMap<readonly JsonValue[], ReadonlySet<JsonValue>>()
  const includes = (list: readonly JsonValue[], value: JsonValue): boolean => {
    if (!isPrimitive(value)) return scope.canonical.keysOf(list).has(scope.canonical.keyOf(value))
    const known = primitives.get(list) ?? new Set(list.filter(isPrimitive))
    primitives.set(list, known)
    return known.has(value)
  }

  const isOneOf: SchemaValidateFunction = (schema: readonly JsonValue[], value: JsonValue) => {
    if (includes(schema, value)) return true
    isOneOf.errors = [{ keyword: 'enum', params: { allowedValues: schema } }]
    return false
  }
  replace(ajv, { keyword: 'enum', schemaType: 'array', validate: isOneOf })

  const isConstant: SchemaValidateFunction = (schema: JsonValue, value: JsonValue) => {
    const isEqual = isPrimitive(schema)
      ? schema === value
      : !isPrimitive(value) && scope.canonical.keyOf(schema) === scope.canonical.keyOf(value)
    if (isEqual) return true
    isConstant.errors = [{ keyword: 'const', params: { allowedValue: schema } }]
    return false
  }
  replace(ajv, { keyword: 'const', validate: isConstant })
}

/** Beyond these, a decimal is scaled by a large power of ten. */
const ordinary = { from: 1e-9, to: 1e21 }

function workOfDecimal(value: number): number {
  if (Number.isSafeInteger(value)) return 1
  const size = Math.abs(value)
  return size < ordinary.from || size > ordinary.to ? work.largeDecimal : work.decimal
}

function addMultipleOf(ajv: Ajv, meter: Meter): void {
  const validate: SchemaValidateFunction = (divisor: number, value: number) => {
    meter.spend(Math.max(workOfDecimal(value), workOfDecimal(divisor)))
    if (isMultipleOf(value, divisor)) return true
    const message = `must be a multiple of ${divisor}`
    validate.errors = [{ keyword: 'multipleOf', message, params: { multipleOf: divisor } }]
    return false
  }
  replace(ajv, { keyword: 'multipleOf', type: 'number', schemaType: 'number', validate })
}

/** Counts characters, up to one more than `most`. */
function countCharacters(text: string, most: number): number {
  let count = 0
  for (let i = 0; i < text.length && count <= most; count++)
    i += text.codePointAt(i)! > 0xffff ? 2 : 1
  return count
}

/** Most texts need no count: a text of n code units has from n/2 to n characters. */
function addLengths(ajv: Ajv, meter: Meter): void {
  const reaches = (text: string, wanted: number): boolean => {
    if (text.length < wanted) return false
    if (text.length >= wanted * 2) return true
    meter.spend(wanted >> 4)
    return countCharacters(text, wanted) >= wanted
  }
  const add = (keyword: string, fits: (limit: number, text: string) => boolean, how: string) => {
    const validate: SchemaValidateFunction = (limit: number, text: string) => {
      if (fits(limit, text)) return true
      const message = `must NOT have ${how} than ${limit} characters`
      validate.errors = [{ keyword, message, params: { limit } }]
      return false
    }
    replace(ajv, { keyword, type: 'string', schemaType: 'number', validate })
  }
  add('minLength', (limit, text) => reaches(text, limit), 'fewer')
  add('maxLength', (limit, text) => !reaches(text, limit + 1), 'more')
}

function replace(ajv: Ajv, definition: FuncKeywordDefinition & { keyword: string }): void {
  ajv.removeKeyword(definition.keyword)
  ajv.addKeyword({ ...definition, errors: 'full' })
}

/**
 * Replaces the keywords of Ajv that are slow, throw or round: `uniqueItems`, `enum` and `const`
 * compare by canonical key, `multipleOf` computes in decimals, lengths count no further than they
 * must. Adds the meter.
 */
export function addKeywords(ajv: Ajv, scope: ValidationScope, meter: Meter): void {
  addMeter(ajv, meter)
  addUniqueItems(ajv, scope, meter)
  addChoices(ajv, scope)
  addMultipleOf(ajv, meter)
  addLengths(ajv, meter)
}
