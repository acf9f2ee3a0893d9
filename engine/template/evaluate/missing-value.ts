import { isJsonObject, type JsonValue } from '../../core/json.ts'
import { didYouMean } from '../../core/nearest.ts'

/** What an expression gives where a key is not there. It is no JSON value and never leaves the evaluator. */
export class MissingValue {
  /** The way to the first key that is not there, as written: `.input.user`. */
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
    return `${this.path} is missing${explain(this.#owner, this.#key)}`
  }
}

function explain(owner: JsonValue, key: string): string {
  if (Array.isArray(owner))
    return `; the list has ${owner.length} item${owner.length === 1 ? '' : 's'}`
  if (!isJsonObject(owner)) return `; ${owner === null ? 'null' : `a ${typeof owner}`} has no keys`
  const keys = Object.keys(owner)
  const hint = didYouMean(key, keys)
  if (hint !== '' || keys.length > 8) return hint
  return keys.length === 0 ? '; the object is empty' : `; there is ${keys.join(', ')}`
}

const wholeNumber = /^(?:0|[1-9]\d*)$/

/** The own value under a key of an object, or the item of a list; `undefined` is missing. */
export function readKey(owner: JsonValue, key: string): JsonValue | undefined {
  if (Array.isArray(owner))
    return wholeNumber.test(key) ? (owner[Number(key)] as JsonValue | undefined) : undefined
  return isJsonObject(owner) && Object.hasOwn(owner, key) ? owner[key] : undefined
}
