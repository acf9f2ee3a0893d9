// Turns what a tool returns into JSON text. Whatever JSON.stringify would alter in silence is
// refused with its place, so that a run sees the tool's value or an error, never something else.
import * as own from './primordials.ts'
import { messageOf } from './thrown-error.ts'

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
  /** Place of the value under way, for what its getters and toJSON throw. */
  at: string
  /** Objects that enclose the value under way, by depth: a cycle leads back to one of them. */
  readonly enclosing: { [depth: number]: object }
}

function escapeSign(sign: string): string {
  if (sign === '~') return '~0'
  return sign === '/' ? '~1' : sign
}

/** Returns the JSON pointer (RFC 6901) of a child. */
function childPointer(pointer: string, key: string): string {
  let step = ''
  for (let i = 0; i < key.length; i++) {
    const sign = key[i]
    step += escapeSign(sign)
  }
  return `${pointer}/${step}`
}

function refuse(state: State, pointer: string, problem: string): '' {
  state.problem ??= { pointer: own.cutText(pointer, 300), problem }
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

function listText(state: State, list: readonly unknown[], pointer: string, depth: number): string {
  let json = take(state, '[')
  for (let i = 0; i < list.length; i++) {
    const at = `${pointer}/${i}`
    if (own.getOwnPropertyDescriptor(list, i) === undefined) {
      return refuse(state, at, 'is a hole of a sparse array; return null in its place')
    }
    const element = list[i]
    if (element === undefined) {
      return refuse(state, at, 'is undefined, which lists in JSON cannot hold; return null')
    }
    json += (i === 0 ? '' : take(state, ',')) + valueText(state, element, at, depth)
    if (state.problem !== undefined || state.stopped) return ''
  }
  return json + take(state, ']')
}

function objectText(state: State, value: object, pointer: string, depth: number): string {
  let json = take(state, '{')
  const keys = own.ownKeys(value)
  let count = 0
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]
    if (own.getOwnPropertyDescriptor(value, key)?.enumerable !== true) continue
    if (typeof key === 'symbol') return refuse(state, pointer, 'has a symbol as a key; use text')
    state.at = childPointer(pointer, key)
    const entry = (value as Record<string, unknown>)[key]
    if (entry === undefined) continue
    if (!own.isWellFormed(key)) return refuse(state, pointer, 'has a key that is not valid Unicode')
    json += take(state, `${count++ === 0 ? '' : ','}${own.stringify(key)}:`)
    json += valueText(state, entry, childPointer(pointer, key), depth)
    if (state.problem !== undefined || state.stopped) return ''
  }
  if (count === 0 && !isPlain(value)) {
    return refuse(state, pointer, 'is a class instance without properties; return plain data')
  }
  return json + take(state, '}')
}

/** Reports whether an object is plain data of any realm: its prototype is null or a root prototype. */
function isPlain(value: object): boolean {
  const prototype = own.getPrototypeOf(value)
  return prototype === null || own.getPrototypeOf(prototype) === null
}

function nestedText(state: State, value: object, pointer: string, depth: number): string {
  if (depth >= state.bounds.depth) {
    return refuse(
      state,
      pointer,
      `is nested too deep; at most ${state.bounds.depth} levels are allowed`,
    )
  }
  for (let level = 0; level < depth; level++) {
    if (state.enclosing[level] === value) return refuse(state, pointer, 'contains itself')
  }
  state.enclosing[depth] = value
  return own.isArray(value)
    ? listText(state, value, pointer, depth + 1)
    : objectText(state, value, pointer, depth + 1)
}

/** Returns the object's toJSON. One that was put on a root prototype is not the object's own wish. */
function toJsonOf(value: object): unknown {
  const method = (value as { toJSON?: unknown }).toJSON
  const isForeign =
    method === own.getOwnPropertyDescriptor(own.objectPrototype, 'toJSON')?.value ||
    method === own.getOwnPropertyDescriptor(own.arrayPrototype, 'toJSON')?.value
  return typeof method === 'function' && !isForeign ? method : undefined
}

/** Returns the text of what an object's toJSON gives. */
function replacedText(state: State, value: object, pointer: string, depth: number): string {
  const replaced = (value as { toJSON: (key: string) => unknown }).toJSON('')
  if (replaced === undefined) return refuse(state, pointer, 'has a toJSON that returns undefined')
  if (typeof replaced !== 'object' || replaced === null) {
    return valueText(state, replaced, pointer, depth)
  }
  const kind = builtinKind(replaced)
  if (kind !== undefined) return refuse(state, pointer, `is ${kind}`)
  return nestedText(state, replaced, pointer, depth)
}

function valueText(state: State, value: unknown, pointer: string, depth: number): string {
  state.at = pointer
  switch (typeof value) {
    case 'string':
      if (own.isWellFormed(value)) return take(state, own.stringify(value))
      return refuse(state, pointer, 'holds half of a surrogate pair, which is no character')
    case 'boolean':
      return take(state, value ? 'true' : 'false')
    case 'number':
      if (own.isFinite(value)) return take(state, own.text(value))
      return refuse(state, pointer, `is ${own.text(value)}, which JSON cannot hold`)
    case 'bigint':
      return refuse(state, pointer, 'is a BigInt, which JSON cannot hold; return text')
    case 'object':
      break
    default:
      return refuse(state, pointer, `is a ${typeof value}, which JSON cannot hold`)
  }
  if (value === null) return take(state, 'null')
  if (own.isDate(value) && !own.isFinite(own.dateGetTime(value))) {
    return refuse(state, pointer, 'is an invalid date')
  }
  const kind = builtinKind(value)
  if (kind !== undefined) return refuse(state, pointer, `is ${kind}`)
  return toJsonOf(value) === undefined
    ? nestedText(state, value, pointer, depth)
    : replacedText(state, value, pointer, depth)
}

/** Returns the exact JSON text of an output; `undefined`, a function without result, is null. */
export function jsonTextOf(output: unknown, bounds: JsonBounds): JsonText {
  if (output === undefined) return { json: 'null' }
  const enclosing = { __proto__: null } as { [depth: number]: object }
  const state: State = { bounds, length: 0, problem: undefined, stopped: false, at: '', enclosing }
  try {
    const json = valueText(state, output, '', 0)
    if (state.problem !== undefined) return { problem: state.problem }
    return state.stopped ? { stoppedAt: state.length } : { json }
  } catch (thrown) {
    const problem = `throws while it is turned into JSON: ${messageOf(thrown)}`
    return { problem: { pointer: own.cutText(state.at, 300), problem } }
  }
}
