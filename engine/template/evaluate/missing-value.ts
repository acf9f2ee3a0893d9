import { isJsonObject, type JsonValue } from '../../core/json.ts'
import { didYouMean } from '../../core/nearest.ts'
import { describeValue } from './values.ts'

/**
 * Stands for a key that an expression did not find. It is not JSON and never leaves the evaluator.
 */
export class MissingValue {
  /** The path to the first missing key, as written: `.input.user`. */
  readonly path: string
  readonly #owner: JsonValue
  readonly #key: string

  constructor(path: string, owner: JsonValue, key: string) {
    this.path = path
    this.#owner = owner
    this.#key = key
  }

  /** `.input.usr is missing; did you mean "user"?` */
  get message(): string {
    return `${this.path} is missing${explainMissingKey(this.#owner, this.#key)}`
  }
}

function explainMissingKey(owner: JsonValue, key: string): string {
  if (Array.isArray(owner))
    return `; the list has ${owner.length} item${owner.length === 1 ? '' : 's'}`
  if (!isJsonObject(owner)) return `; ${describeValue(owner)} has no keys`
  const keys = Object.keys(owner)
  const hint = didYouMean(key, keys)
  if (hint !== '' || keys.length > 8) return hint
  return keys.length === 0 ? '; the object is empty' : `; it has ${keys.join(', ')}`
}

const wholeNumber = /^(?:0|[1-9]\d*)$/

/**
 * Returns the own value of an object's key or of a list's index; `undefined` when it is missing.
 */
export function readKey(owner: JsonValue, key: string): JsonValue | undefined {
  if (Array.isArray(owner))
    return wholeNumber.test(key) ? (owner[Number(key)] as JsonValue | undefined) : undefined
  return isJsonObject(owner) && Object.hasOwn(owner, key) ? owner[key] : undefined
}
