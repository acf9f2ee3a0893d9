import { isMultipleOf } from '../../../../core/exact-number.ts'
import type { JsonObject, JsonValue } from '../../../../core/json.ts'
import { formatChecks } from '../formats.ts'
import { matchMetered } from '../linear-pattern.ts'
import { work } from '../meter.ts'
import type { Check } from '../run.ts'
import { shortList } from '../violations.ts'
import { listKeyword, numberKeyword, textKeyword, type Keyword } from './keyword.ts'

const isPrimitive = (value: JsonValue): boolean => typeof value !== 'object' || value === null

/** The types of JSON Schema, a bit each: an integer is a number too. */
const typeBits: Readonly<Record<string, number>> = {
  null: 1,
  boolean: 2,
  string: 4,
  number: 8,
  integer: 16,
  array: 32,
  object: 64,
}
const [nullBit, booleanBit, stringBit, numberBit, integerBit, arrayBit, objectBit] = Object.values(
  typeBits,
) as [number, number, number, number, number, number, number]

/** Returns the types of a value as bits. */
export function typesOf(value: JsonValue): number {
  switch (typeof value) {
    case 'string':
      return stringBit
    case 'number':
      return Number.isInteger(value) ? numberBit | integerBit : numberBit
    case 'boolean':
      return booleanBit
    default:
      if (value === null) return nullBit
      return Array.isArray(value) ? arrayBit : objectBit
  }
}

/** Returns the names of the types that a schema allows. */
export function typeNames(schema: JsonObject): readonly string[] {
  const { type } = schema
  return typeof type === 'string' ? [type] : ((listKeyword(schema, 'type') ?? []) as string[])
}

/** Returns the types that a schema allows as bits; 0 if it does not say. */
export function allowedTypes(schema: JsonObject): number {
  const { nullable } = schema
  let bits = 0
  for (const name of typeNames(schema)) {
    const bit = Object.hasOwn(typeBits, name) ? typeBits[name] : undefined
    if (bit === undefined) throw new Error(`"type" has no value ${JSON.stringify(name)}`)
    bits |= bit
  }
  if (nullable !== undefined && bits === 0)
    throw new Error('"nullable" cannot be used without "type"')
  return nullable === true ? bits | nullBit : bits
}

function choiceOf(list: readonly JsonValue[], message: string): Check {
  const primitives = new Set(list.filter(isPrimitive))
  const others = list.filter((item) => !isPrimitive(item))
  const includes: Check = (value, { canonical }) => {
    if (isPrimitive(value)) return primitives.has(value)
    return others.length > 0 && canonical.keysOf(others).has(canonical.keyOf(value))
  }
  return (value, run) => includes(value, run) || run.fail(() => message)
}

const enumeration: Keyword = {
  names: ['enum'],
  create({ schema }) {
    const list = listKeyword(schema, 'enum')
    return list && choiceOf(list, `must be one of ${shortList(list)}`)
  },
}

const constant: Keyword = {
  names: ['const'],
  create({ schema }) {
    const value = schema['const']
    return value === undefined ? undefined : choiceOf([value], `must be ${shortList([value])}`)
  },
}

/** Creates a keyword that compares a number of a value with its own. */
export function limit(
  keyword: string,
  fits: (value: never, limit: number) => boolean,
  message: (limit: number) => string,
): Keyword {
  return {
    names: [keyword],
    create({ schema }) {
      const wanted = numberKeyword(schema, keyword)
      if (wanted === undefined) return undefined
      return (value, run) => fits(value as never, wanted) || run.fail(() => message(wanted))
    },
  }
}

/** Beyond these, a decimal is scaled by a large power of ten. */
const ordinary = { from: 1e-9, to: 1e21 }

function workOfDecimal(value: number): number {
  if (Number.isSafeInteger(value)) return 1
  const size = Math.abs(value)
  return size < ordinary.from || size > ordinary.to ? work.largeDecimal : work.decimal
}

/** Computes in decimals: 19.99 is a multiple of 0.01. */
const multipleOf: Keyword = {
  names: ['multipleOf'],
  create({ schema }) {
    const divisor = numberKeyword(schema, 'multipleOf')
    if (divisor === undefined) return undefined
    const least = workOfDecimal(divisor)
    return (value, run) => {
      run.meter.spend(Math.max(workOfDecimal(value as number), least))
      return (
        isMultipleOf(value as number, divisor) || run.fail(() => `must be a multiple of ${divisor}`)
      )
    }
  },
}

const patternKeyword: Keyword = {
  names: ['pattern'],
  create({ schema, patterns }) {
    const source = textKeyword(schema, 'pattern')
    if (source === undefined) return undefined
    const pattern = patterns.require(source)
    return (value, run) =>
      matchMetered(pattern, value as string, run.meter) ||
      run.fail(() => `must match pattern "${source}"`)
  },
}

/** Formats that are unknown, or of another type of value, demand nothing. */
const format = (type: 'string' | 'number'): Keyword => ({
  names: ['format'],
  create({ schema }) {
    const name = textKeyword(schema, 'format')
    const test = name === undefined ? undefined : formatChecks(type).get(name)
    if (test === undefined) return undefined
    return (value, run) =>
      test(value as never, run.meter) || run.fail(() => `must match format "${name}"`)
  },
})

/** Counts characters, up to one more than `most`. */
function countCharacters(text: string, most: number): number {
  let count = 0
  for (let i = 0; i < text.length && count <= most; count++)
    i += text.codePointAt(i)! > 0xffff ? 2 : 1
  return count
}

/** Most texts need no count: a text of n code units has from n/2 to n characters. */
function length(
  keyword: string,
  fits: (reaches: (wanted: number) => boolean, limit: number) => boolean,
  how: string,
): Keyword {
  return {
    names: [keyword],
    create({ schema }) {
      const wanted = numberKeyword(schema, keyword)
      if (wanted === undefined) return undefined
      return (value, run) => {
        const text = value as string
        const reaches = (most: number): boolean => {
          if (text.length < most) return false
          if (text.length >= most * 2) return true
          run.meter.spend(most >> 4)
          return countCharacters(text, most) >= most
        }
        return (
          fits(reaches, wanted) || run.fail(() => `must NOT have ${how} than ${wanted} characters`)
        )
      }
    },
  }
}

/** Keywords for values of every type. */
export const choiceKeywords: readonly Keyword[] = [enumeration, constant]

/** Keywords for numbers. */
export const numberKeywords: readonly Keyword[] = [
  limit(
    'maximum',
    (value: number, most) => value <= most,
    (most) => `must be <= ${most}`,
  ),
  limit(
    'minimum',
    (value: number, least) => value >= least,
    (least) => `must be >= ${least}`,
  ),
  limit(
    'exclusiveMaximum',
    (value: number, most) => value < most,
    (most) => `must be < ${most}`,
  ),
  limit(
    'exclusiveMinimum',
    (value: number, least) => value > least,
    (least) => `must be > ${least}`,
  ),
  format('number'),
  multipleOf,
]

/** Keywords for texts. */
export const stringKeywords: readonly Keyword[] = [
  patternKeyword,
  format('string'),
  length('minLength', (reaches, least) => reaches(least), 'fewer'),
  length('maxLength', (reaches, most) => !reaches(most + 1), 'more'),
]
