import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts'
import { type Budget, EvaluationError, maximumNesting } from '../evaluate/budget.ts'
import {
  celList,
  celMap,
  type CelInput,
  type CelList,
  type CelMap,
  type CelValue,
  isCelList,
  isCelMap,
  isCelUint,
} from './library.ts'

/**
 * An object as a Map that wraps a value only when it is read: a condition looks at few of a run's values. Given to
 * the library as a plain object, data could pass itself off as one of its types (`$typeName`, `constructor`).
 */
class LazyMap extends Map<string, CelInput> {
  readonly #object: JsonObject
  readonly #budget: Budget

  constructor(object: JsonObject, budget: Budget) {
    super()
    this.#object = object
    this.#budget = budget
  }

  override get size(): number {
    return Object.keys(this.#object).length
  }

  override get(key: string): CelInput | undefined {
    if (typeof key !== 'string' || !Object.hasOwn(this.#object, key)) return undefined
    const value = this.#object[key]
    return value === undefined ? undefined : toCel(value, this.#budget)
  }

  override has(key: string): boolean {
    return this.get(key) !== undefined
  }

  override *entries(): MapIterator<[string, CelInput]> {
    for (const key of this.keys()) yield [key, this.get(key)!]
  }

  override keys(): MapIterator<string> {
    const keys = Object.keys(this.#object)
    this.#budget.charge(keys.length)
    return keys.filter((key) => this.has(key)).values()
  }

  override *values(): MapIterator<CelInput> {
    for (const [, value] of this.entries()) yield value
  }

  override forEach(
    visit: (value: CelInput, key: string, map: Map<string, CelInput>) => void,
  ): void {
    for (const [key, value] of this.entries()) visit(value, key, this)
  }

  override [Symbol.iterator](): MapIterator<[string, CelInput]> {
    return this.entries()
  }
}

/** A JSON value for the library: numbers as doubles, lists and objects wrapped and counted against the budget. */
export function toCel(value: JsonValue, budget: Budget): CelInput {
  if (Array.isArray(value)) return wrapList(value as readonly JsonValue[], budget)
  return isJsonObject(value) ? wrapObject(value, budget) : value
}

function wrapList(items: readonly JsonValue[], budget: Budget): CelList {
  budget.charge(Math.ceil(items.length / 16))
  const list = celList(items.map((item) => toCel(item, budget)))
  const values = list.values.bind(list)
  return Object.assign(list, {
    values: () => {
      budget.charge(Math.ceil(items.length / 16))
      return values()
    },
  })
}

/** The library takes a key whose value is null for one that is not there; for us, and for CEL, it is there. */
function wrapObject(object: JsonObject, budget: Budget): CelMap {
  const lazy = new LazyMap(object, budget)
  return Object.assign(celMap(lazy), {
    has: (key: unknown) => typeof key === 'string' && lazy.has(key),
  })
}

/** The JSON of a result. @throws EvaluationError for values that JSON does not have */
export function fromCel(value: CelValue, budget: Budget, depth = 0): JsonValue {
  budget.charge(1)
  if (depth > maximumNesting)
    throw new EvaluationError(`the value nests deeper than ${maximumNesting} levels`)
  if (value === null || typeof value === 'boolean') return value
  if (typeof value === 'string') {
    budget.text(value.length)
    return value
  }
  if (typeof value === 'bigint' || typeof value === 'number') return finite(Number(value))
  if (isCelUint(value)) return finite(Number(value.value))
  if (isCelList(value)) return Array.from(value, (item) => fromCel(item, budget, depth + 1))
  if (isCelMap(value)) {
    const entries = Array.from(value.entries(), ([key, item]): [string, JsonValue] => [
      isCelUint(key) ? String(key.value) : String(key),
      fromCel(item, budget, depth + 1),
    ])
    return Object.fromEntries(entries)
  }
  throw new EvaluationError(
    'the expression gives a value that JSON does not have; convert it with string(x)',
  )
}

function finite(value: number): number {
  if (Number.isFinite(value)) return value + 0
  throw new EvaluationError('the expression gives no finite number')
}
