import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts'
import { type EvaluationBudget, EvaluationError } from '../evaluate/budget.ts'
import {
  type CelInput,
  type CelList,
  type CelMap,
  type CelValue,
  isCelList,
  isCelMap,
  isCelUint,
} from './library.ts'

/** The library knows its lists and maps by these keys; a class of ours with the key is one too. */
const listKey = Symbol.for('@bufbuild/cel/list')
const mapKey = Symbol.for('@bufbuild/cel/map')

/**
 * A JSON object as a map of the library, which wraps a value only when it is read: a condition
 * reads few of a run's values. Given to the library as a plain object, data could pass itself off
 * as one of its types (`$typeName`, `constructor`). A key with a null value exists, as in CEL.
 */
class JsonMap {
  readonly [mapKey] = true
  readonly object: JsonObject
  readonly #budget: EvaluationBudget

  constructor(object: JsonObject, budget: EvaluationBudget) {
    this.object = object
    this.#budget = budget
  }

  get size(): number {
    return this.#keys().length
  }

  get(key: unknown): CelInput | undefined {
    return this.has(key) ? toCel(this.object[key as string]!, this.#budget) : undefined
  }

  has(key: unknown): boolean {
    return (
      typeof key === 'string' && Object.hasOwn(this.object, key) && this.object[key] !== undefined
    )
  }

  keys(): IterableIterator<string> {
    return this.#keys().values()
  }

  *values(): IterableIterator<CelInput> {
    for (const key of this.#keys()) yield toCel(this.object[key]!, this.#budget)
  }

  *entries(): IterableIterator<[string, CelInput]> {
    for (const key of this.#keys()) yield [key, toCel(this.object[key]!, this.#budget)]
  }

  [Symbol.iterator](): IterableIterator<[string, CelInput]> {
    return this.entries()
  }

  forEach(visit: (value: CelInput, key: string, map: JsonMap) => void): void {
    for (const [key, value] of this.entries()) visit(value, key, this)
  }

  #keys(): string[] {
    const keys = this.#budget.keysOf(this.object)
    this.#budget.charge(keys.length / 4)
    return keys.filter((key) => this.object[key] !== undefined)
  }
}

/** A list of the library: the first items of an array that may grow. */
abstract class ItemList<Item> {
  readonly [listKey] = true
  readonly items: readonly Item[]
  readonly size: number
  protected readonly budget: EvaluationBudget

  constructor(items: readonly Item[], budget: EvaluationBudget) {
    this.items = items
    this.size = items.length
    this.budget = budget
  }

  protected abstract valueOf(item: Item): CelInput

  get(index: number | bigint): CelInput | undefined {
    const item = index >= 0 && index < this.size ? this.items[Number(index)] : undefined
    return item === undefined ? undefined : this.valueOf(item)
  }

  *values(): IterableIterator<CelInput> {
    this.budget.charge(this.size / 4)
    for (let index = 0; index < this.size; index++) yield this.valueOf(this.items[index]!)
  }

  [Symbol.iterator](): IterableIterator<CelInput> {
    return this.values()
  }
}

/** A JSON list, whose items are wrapped when they are read. */
class JsonList extends ItemList<JsonValue> {
  protected override valueOf(item: JsonValue): CelInput {
    return toCel(item, this.budget)
  }
}

/** A list that an expression makes item by item. */
class GrownList extends ItemList<CelValue> {
  protected override valueOf(item: CelValue): CelInput {
    return item
  }
}

/**
 * Returns a JSON value for the library: numbers as doubles, lists and objects wrapped and counted.
 */
export function toCel(value: JsonValue, budget: EvaluationBudget): CelInput {
  if (typeof value !== 'object' || value === null) return value
  budget.charge(2)
  const wrapped: unknown = isJsonObject(value)
    ? new JsonMap(value, budget)
    : new JsonList(value, budget)
  return wrapped as CelInput
}

/**
 * Returns two lists as one. A list that grows item by item, as `map` and `filter` make it, shares
 * its items with the list that it grew from: the library's own lists would nest one level for each.
 */
export function concatLists(left: CelList, right: CelList, budget: EvaluationBudget): CelList {
  const grown: unknown = left
  const canGrow = grown instanceof GrownList && grown.items.length === grown.size
  budget.visitItems((canGrow ? 0 : left.size) + right.size)
  const items = canGrow ? (grown.items as CelValue[]) : Array.from(left)
  for (const item of right) items.push(item)
  const list: unknown = new GrownList(items, budget)
  return list as CelList
}

/** Charges for a walk through a value, as equality and `in` do it. */
export function chargeWalk(value: unknown, budget: EvaluationBudget, depth = 0): void {
  budget.charge(1)
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
  const wrapped: unknown = value
  if (wrapped instanceof JsonList) return wrapped.items
  if (wrapped instanceof JsonMap) return wrapped.object
  if (isCelList(value)) return Array.from(value, (item) => fromCel(item, budget, depth + 1))
  if (isCelMap(value)) return objectOf(value, budget, depth)
  return fromScalar(value, budget)
}

function objectOf(map: CelMap, budget: EvaluationBudget, depth: number): JsonObject {
  const entries = Array.from(map.entries(), ([key, item]): [string, JsonValue] => [
    isCelUint(key) ? String(key.value) : String(key),
    fromCel(item, budget, depth + 1),
  ])
  return Object.fromEntries(entries)
}

function fromScalar(value: CelValue, budget: EvaluationBudget): JsonValue {
  if (value === null || typeof value === 'boolean') return value
  if (typeof value === 'string') {
    budget.makeText(value.length)
    return value
  }
  if (typeof value === 'number') return finiteNumber(value)
  if (typeof value === 'bigint') return exactWhole(value)
  if (isCelUint(value)) return exactWhole(value.value)
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
