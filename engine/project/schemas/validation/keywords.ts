import {
  _,
  Name,
  type Ajv,
  type FuncKeywordDefinition,
  type KeywordCxt,
  type SchemaValidateFunction,
} from 'ajv'
import { isMultipleOf } from '../../../core/exact-number.ts'
import type { JsonValue } from '../../../core/json.ts'
import { createCanonical, type Canonical } from './canonical.ts'
import type { Meter } from './meter.ts'

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
export function createValidationScope(): ValidationScope {
  return { canonical: createCanonical(), schemas: 0 }
}

function addMeter(ajv: Ajv, meter: Meter): void {
  const keyword = {
    keyword: meterKeyword,
    code({ gen, it }: KeywordCxt) {
      const counter = gen.scopeValue('obj', { ref: meter })
      gen.code(_`${counter}.step()`)
      // Errors inside anyOf and its like are not violations yet.
      if (it.allErrors === true && it.compositeRule !== true)
        gen.code(_`${counter}.found(${errors}, ${vErrors})`)
    },
  }
  ajv.addKeyword(keyword)
}

/** Reports the two equal items with the lowest indexes, as Ajv does. */
function addUniqueItems(ajv: Ajv, scope: ValidationScope): void {
  const validate: SchemaValidateFunction = (wanted: boolean, items: readonly JsonValue[]) => {
    if (!wanted) return true
    const primitives = new Map<JsonValue, number>()
    const others = new Map<JsonValue, number>()
    for (const [i, item] of items.entries()) {
      const isPrimitive = typeof item !== 'object' || item === null
      const seen = isPrimitive ? primitives : others
      const key = isPrimitive ? item : scope.canonical.keyOf(item)
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
  const equals = (one: JsonValue, other: JsonValue): boolean =>
    one === other ||
    (typeof one === 'object' &&
      typeof other === 'object' &&
      scope.canonical.keyOf(one) === scope.canonical.keyOf(other))

  const isOneOf: SchemaValidateFunction = (schema: readonly JsonValue[], value: JsonValue) => {
    if (schema.some((item) => equals(item, value))) return true
    isOneOf.errors = [{ keyword: 'enum', params: { allowedValues: schema } }]
    return false
  }
  replace(ajv, { keyword: 'enum', schemaType: 'array', validate: isOneOf })

  const isConstant: SchemaValidateFunction = (schema: JsonValue, value: JsonValue) => {
    if (equals(schema, value)) return true
    isConstant.errors = [{ keyword: 'const', params: { allowedValue: schema } }]
    return false
  }
  replace(ajv, { keyword: 'const', validate: isConstant })
}

function addMultipleOf(ajv: Ajv): void {
  const validate: SchemaValidateFunction = (divisor: number, value: number) => {
    if (isMultipleOf(value, divisor)) return true
    const message = `must be a multiple of ${divisor}`
    validate.errors = [{ keyword: 'multipleOf', message, params: { multipleOf: divisor } }]
    return false
  }
  replace(ajv, { keyword: 'multipleOf', type: 'number', schemaType: 'number', validate })
}

function replace(ajv: Ajv, definition: FuncKeywordDefinition & { keyword: string }): void {
  ajv.removeKeyword(definition.keyword)
  ajv.addKeyword({ ...definition, errors: 'full' })
}

/**
 * Replaces the keywords of Ajv that are slow, throw or round: `uniqueItems`, `enum` and `const`
 * compare by canonical key, `multipleOf` computes in decimals. Adds the meter.
 */
export function addKeywords(ajv: Ajv, scope: ValidationScope, meter: Meter): void {
  addMeter(ajv, meter)
  addUniqueItems(ajv, scope)
  addChoices(ajv, scope)
  addMultipleOf(ajv)
}
