import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts'
import { type EvaluationBudget, EvaluationError } from '../evaluate/budget.ts'
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
 * An object as a Map that wraps a value only when it is read: a condition reads few of a run's
 * values. Given to the library as a plain object, data could pass itself off as one of its types
 * (`$typeName`, `constructor`).
 */
class LazyMap extends Map<string, CelInput> {
  readonly #object: JsonObject
  readonly #budget: EvaluationBudget

  constructor(object: JsonObject, budget: EvaluationBudget) {
    super()
    this.#object = object
    this.#budget = budget
  }

  override get size(): number {
    const { length } = Object.keys(this.#object)
    this.#budget.visitItems(length)
    return length
  }

  override get(key: string): CelInput | undefined {
    return this.has(key) ? toCel(this.#object[key]!, this.#budget) : undefined
  }

  override has(key: string): boolean {
    return (
      typeof key === 'string' && Object.hasOwn(this.#object, key) && this.#object[key] !== undefined
    )
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

/** Makes a list of the library whose items are read from elsewhere, one by one. */
function listOf(size: number, get: (index: number) => CelInput, onWalk: () => void): CelList {
  const list = celList([])
  const read = (index: number | bigint): CelValue | undefined =>
    index >= 0 && index < size ? (get(Number(index)) as CelValue) : undefined
  function* values(): Generator<CelValue> {
    onWalk()
    for (let index = 0; index < size; index++) yield read(index)!
  }
  return Object.defineProperties(list, {
    size: { value: size },
    get: { value: read },
    values: { value: values },
    [Symbol.iterator]: { value: values },
  })
}

/** Returns a JSON value for the library: numbers as doubles, lists and objects wrapped and counted. */
export function toCel(value: JsonValue, budget: EvaluationBudget): CelInput {
  if (Array.isArray(value)) return wrapList(value as readonly JsonValue[], budget)
  return isJsonObject(value) ? wrapObject(value, budget) : value
}

function wrapList(items: readonly JsonValue[], budget: EvaluationBudget): CelList {
  return listOf(
    items.length,
    (index) => toCel(items[index]!, budget),
    () => budget.charge(items.length / 4),
  )
}

/** The library treats a null value as an absent key; here, as in CEL, the key exists. */
function wrapObject(object: JsonObject, budget: EvaluationBudget): CelMap {
  budget.charge(1)
  const lazy = new LazyMap(object, budget)
  return Object.assign(celMap(lazy), {
    has: (key: unknown) => typeof key === 'string' && lazy.has(key),
  })
}

/** The items behind each list that {@link concatLists} made. */
export type GrownLists = WeakMap<CelList, CelValue[]>

/**
 * Returns two lists as one. A list that grows item by item, as `map` and `filter` make it, shares
 * its items with the list that it grew from: the library's own lists would nest one level for each.
 */
export function concatLists(
  left: CelList,
  right: CelList,
  grown: GrownLists,
  budget: EvaluationBudget,
): CelList {
  const shared = grown.get(left)
  const canGrow = shared !== undefined && shared.length === left.size
  const items = canGrow ? shared : Array.from(left)
  budget.visitItems((canGrow ? 0 : left.size) + right.size)
  items.push(...right)
  const size = items.length
  const list = listOf(
    size,
    (index) => items[index]!,
    () => budget.charge(size / 4),
  )
  grown.set(list, items)
  return list
}

/** Charges for a walk through a value, as equality and `in` do it. */
export function chargeWalk(value: unknown, budget: EvaluationBudget, depth = 0): void {
  budget.enterLevel(depth)
  if (typeof value === 'string') budget.readText(value.length)
  else if (isCelList(value)) for (const item of value) chargeWalk(item, budget, depth + 1)
  else if (isCelMap(value))
    for (const [, item] of value.entries()) chargeWalk(item, budget, depth + 1)
}

/** Returns the JSON of a result. @throws EvaluationError for values that JSON does not have */
export function fromCel(value: CelValue, budget: EvaluationBudget, depth = 0): JsonValue {
  budget.charge(1)
  budget.enterLevel(depth)
  if (value === null || typeof value === 'boolean') return value
  if (typeof value === 'string') {
    budget.makeText(value.length)
    return value
  }
  if (typeof value === 'number') return finiteNumber(value)
  if (typeof value === 'bigint') return exactWhole(value)
  if (isCelUint(value)) return exactWhole(value.value)
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

function finiteNumber(value: number): number {
  if (Number.isFinite(value)) return value + 0
  throw new EvaluationError('the expression gives a number that JSON does not have')
}

/** CEL's int has 64 bits; JSON numbers are exact up to 2^53. */
function exactWhole(value: bigint): number {
  if (BigInt(Number(value)) === value) return Number(value)
  throw new EvaluationError(
    `the expression gives ${value}, beyond 2^53, where numbers are not exact; convert it with string(x)`,
  )
}
