// Turns what a tool returns into JSON text. Whatever JSON.stringify would alter in silence is
// refused with its place, so that a run sees the tool's value or an error, never something else.
import * as own from './primordials.ts'
import { messageOf } from './describe-error.ts'

/** Why a value has no exact JSON text, and where in the output. */
export interface JsonProblem {
  readonly pointer: string
  readonly problem: string
}

/** Bounds on the JSON text of an output. */
export interface JsonBounds {
  /** Levels of nesting. */
  readonly depth: number
  /** Stops building here: the text is too long anyway. */
  readonly stopAtCharacters: number
}

/** Exact JSON text; or a problem; or the length at which building stopped. */
export type JsonText =
  | { readonly json: string }
  | { readonly problem: JsonProblem }
  | { readonly stoppedAt: number }

interface State {
  readonly bounds: JsonBounds
  length: number
  problem: JsonProblem | undefined
  stopped: boolean
  /** Objects that enclose the value under way, by level: a cycle leads back to one of them. */
  readonly enclosing: Record<number, object>
  /** Keys and indexes that lead to the value under way, by level; `depth` of them count. */
  readonly steps: Record<number, string | number>
  depth: number
}

function escapeSign(sign: string): string {
  if (sign === '~') return '~0'
  return sign === '/' ? '~1' : sign
}

/** Returns the JSON pointer (RFC 6901) of the value under way. */
function pointerOf({ steps, depth }: State): string {
  let pointer = ''
  for (let level = 0; level < depth && pointer.length < 300; level++) {
    const step = own.cutText(own.text(steps[level]), 100)
    pointer += '/'
    for (let i = 0; i < step.length; i++) pointer += escapeSign(step[i])
  }
  return own.cutText(pointer, 300)
}

function refuse(state: State, problem: string): '' {
  state.problem ??= { pointer: pointerOf(state), problem }
  return ''
}

function take(state: State, json: string): string {
  state.length += json.length
  if (state.length > state.bounds.stopAtCharacters) state.stopped = true
  return json
}

/** Names the builtin kinds of objects that JSON.stringify turns into something else. */
function builtinKind(value: object): string | undefined {
  if (own.isMap(value)) return 'a Map; return Object.fromEntries(map) or [...map]'
  if (own.isSet(value)) return 'a Set; return [...set]'
  if (own.isNativeError(value)) return 'an Error; throw it, or return its message'
  if (own.isPromise(value)) return 'a Promise; await it'
  if (own.isGeneratorObject(value) || own.isMapIterator(value) || own.isSetIterator(value)) {
    return 'an iterator; return [...iterator]'
  }
  if (own.isArrayBufferView(value) || own.isAnyArrayBuffer(value)) {
    return 'binary data; return text, for example base64, or a list of numbers'
  }
  if (own.isRegExp(value)) return 'a RegExp; return its source'
  if (own.isWeakMap(value) || own.isWeakSet(value)) return 'a weak collection'
  if (own.isBoxedPrimitive(value)) return 'a boxed primitive; return the primitive itself'
  if (own.isModuleNamespaceObject(value)) return 'a module; return its values'
  return undefined
}

function missingElement(state: State, list: readonly unknown[], index: number): '' {
  const isHole = own.getOwnPropertyDescriptor(list, index) === undefined
  return refuse(
    state,
    isHole
      ? 'is a hole of a sparse array; return null in its place'
      : 'is undefined, which a list in JSON cannot hold; return null',
  )
}

/** Returns the first enumerable property of a list besides its elements that has a value. */
function namedProperty(list: object, length: number): string | undefined {
  // The indexes come first, and each is there.
  const keys = own.objectKeys(list)
  for (let i = length; i < keys.length; i++) {
    if ((list as Record<string, unknown>)[keys[i]] !== undefined) return keys[i]
  }
  return undefined
}

function listText(state: State, list: readonly unknown[]): string {
  const level = state.depth++
  let json = take(state, '[')
  for (let i = 0; i < list.length; i++) {
    state.steps[level] = i
    const element = list[i]
    if (element === undefined) return missingElement(state, list, i)
    json += (i === 0 ? '' : take(state, ',')) + valueText(state, element)
    if (state.problem !== undefined || state.stopped) return ''
  }
  state.depth = level
  const named = namedProperty(list, list.length)
  if (named !== undefined) {
    const name = own.stringify(own.cutText(named, 100))
    const way = 'return [...list] for its elements alone, or an object'
    return refuse(state, `is a list with the property ${name}, which JSON cannot hold; ${way}`)
  }
  if (own.hasEnumerableSymbol(list)) return refuse(state, 'has a symbol as a key; use text')
  return json + take(state, ']')
}

function objectText(state: State, value: object): string {
  const level = state.depth++
  let json = take(state, '{')
  const keys = own.objectKeys(value)
  let count = 0
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]
    state.steps[level] = key
    const entry = (value as Record<string, unknown>)[key]
    if (entry === undefined) continue
    if (!own.isWellFormed(key)) return refuse(state, 'has a key that is not valid Unicode')
    json +=
      take(state, `${count++ === 0 ? '' : ','}${own.stringify(key)}:`) + valueText(state, entry)
    if (state.problem !== undefined || state.stopped) return ''
  }
  state.depth = level
  if (count === 0 && !isPlain(value)) {
    return refuse(state, 'is a class instance without properties; return plain data')
  }
  if (own.hasEnumerableSymbol(value)) return refuse(state, 'has a symbol as a key; use text')
  return json + take(state, '}')
}

/**
 * Reports whether an object is plain data of any realm: its prototype is null or a root prototype.
 */
function isPlain(value: object): boolean {
  const prototype = own.getPrototypeOf(value)
  return prototype === null || own.getPrototypeOf(prototype) === null
}

function nestedText(state: State, value: object): string {
  const { depth, enclosing, bounds } = state
  if (depth >= bounds.depth) {
    return refuse(state, `is nested too deep; at most ${bounds.depth} levels are allowed`)
  }
  for (let level = 0; level < depth; level++) {
    if (enclosing[level] === value) return refuse(state, 'contains itself')
  }
  enclosing[depth] = value
  return own.isArray(value) ? listText(state, value) : objectText(state, value)
}

/**
 * Returns the object's toJSON. One that was put on a root prototype is not the object's own wish.
 */
function toJsonOf(value: object): unknown {
  const method = (value as { toJSON?: unknown }).toJSON
  if (typeof method !== 'function') return undefined
  const isForeign =
    method === own.getOwnPropertyDescriptor(own.objectPrototype, 'toJSON')?.value ||
    method === own.getOwnPropertyDescriptor(own.arrayPrototype, 'toJSON')?.value
  return isForeign ? undefined : method
}

/** Returns the text of what an object's toJSON gives. */
function replacedText(state: State, value: object): string {
  const replaced = (value as { toJSON: (key: string) => unknown }).toJSON('')
  if (replaced === undefined) return refuse(state, 'has a toJSON that returns undefined')
  if (typeof replaced !== 'object' || replaced === null) return valueText(state, replaced)
  const kind = builtinKind(replaced)
  return kind === undefined ? nestedText(state, replaced) : refuse(state, `is ${kind}`)
}

function objectOrListText(state: State, value: object): string {
  if (own.isDate(value) && !own.isFinite(own.dateGetTime(value))) {
    return refuse(state, 'is an invalid date')
  }
  const kind = builtinKind(value)
  if (kind !== undefined) return refuse(state, `is ${kind}`)
  return toJsonOf(value) === undefined ? nestedText(state, value) : replacedText(state, value)
}

function stringText(state: State, value: string): string {
  // Text that is too long anyway is not worth escaping.
  if (value.length > state.bounds.stopAtCharacters) {
    state.length += value.length
    state.stopped = true
    return ''
  }
  if (own.isWellFormed(value)) return take(state, own.stringify(value))
  return refuse(state, 'holds half of a surrogate pair, which is not a character')
}

function valueText(state: State, value: unknown): string {
  switch (typeof value) {
    case 'string':
      return stringText(state, value)
    case 'boolean':
      return take(state, value ? 'true' : 'false')
    case 'number':
      if (own.isFinite(value)) return take(state, own.text(value))
      return refuse(state, `is ${own.text(value)}, which JSON cannot hold`)
    case 'bigint':
      return refuse(state, 'is a BigInt, which JSON cannot hold; return text')
    case 'object':
      return value === null ? take(state, 'null') : objectOrListText(state, value)
    default:
      return refuse(state, `is a ${typeof value}, which JSON cannot hold`)
  }
}

function empty<T>(): Record<number, T> {
  // TypeScript types the prototype as a key. A tool may have changed the prototype of `{}`.
  return { __proto__: null } as unknown as Record<number, T>
}

/** Returns the exact JSON text of an output; `undefined`, a function without result, is null. */
export function jsonTextOf(output: unknown, bounds: JsonBounds): JsonText {
  if (output === undefined) return { json: 'null' }
  const state: State = {
    bounds,
    length: 0,
    problem: undefined,
    stopped: false,
    enclosing: empty(),
    steps: empty(),
    depth: 0,
  }
  try {
    const json = valueText(state, output)
    if (state.problem !== undefined) return { problem: state.problem }
    return state.stopped ? { stoppedAt: state.length } : { json }
  } catch (thrown) {
    const problem = `throws while it is turned into JSON: ${messageOf(thrown)}`
    return { problem: { pointer: pointerOf(state), problem } }
  }
}
