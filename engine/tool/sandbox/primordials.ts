// Builtins as they are before any code of the tool loads. A tool can replace every global and every
// prototype method; code that runs after it uses these copies and avoids whatever looks something
// up on a prototype: `for…of`, spreading lists, array destructuring, regular expressions, `await`.
import { types } from 'node:util'

/** Returns a method of a prototype as a function of its object. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller names the type
function uncurry<F>(owner: object, name: PropertyKey): F {
  return Function.prototype.call.bind(Reflect.get(owner, name)) as F
}

/** Returns a getter of a prototype as a function of its object. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller names the type
function uncurryGetter<F>(owner: object, name: PropertyKey): F {
  return Function.prototype.call.bind(Reflect.getOwnPropertyDescriptor(owner, name)!.get!) as F
}

export const stringIndexOf = uncurry<(self: string, what: string, from?: number) => number>(
  String.prototype,
  'indexOf',
)
export const stringSlice = uncurry<(self: string, from: number, to?: number) => string>(
  String.prototype,
  'slice',
)
export const isWellFormed = uncurry<(self: string) => boolean>(String.prototype, 'isWellFormed')
const toWellFormed = uncurry<(self: string) => string>(String.prototype, 'toWellFormed')

/** Returns the first `length` characters as valid Unicode: a cut may split a surrogate pair. */
export const cutText = (text: string, length: number): string =>
  toWellFormed(stringSlice(text, 0, length))

export const dateGetTime = uncurry<(self: Date) => number>(Date.prototype, 'getTime')

const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object
export const bytesLength = uncurryGetter<(bytes: Uint8Array) => number>(typedArray, 'byteLength')
const bytesBuffer = uncurryGetter<(bytes: Uint8Array) => ArrayBuffer>(typedArray, 'buffer')
const bytesOffset = uncurryGetter<(bytes: Uint8Array) => number>(typedArray, 'byteOffset')
const Bytes = Uint8Array

/**
 * Returns a view of the bytes from `start` on, at most `length` of them. Uint8Array's own
 * `subarray` would ask the species.
 */
export const bytesAfter = (bytes: Uint8Array, start: number, length = Infinity): Uint8Array => {
  const left = bytesLength(bytes) - start
  return new Bytes(bytesBuffer(bytes), bytesOffset(bytes) + start, length < left ? length : left)
}

type Then = (
  self: Promise<unknown>,
  done: (value: unknown) => void,
  failed: (reason: unknown) => void,
) => void
const promiseThen = uncurry<Then>(Promise.prototype, 'then')
export const abort = uncurry<(self: AbortController, reason: unknown) => void>(
  AbortController.prototype,
  'abort',
)
export const signalOf = uncurryGetter<(self: AbortController) => AbortSignal>(
  AbortController.prototype,
  'signal',
)

export const { parse, stringify } = JSON
export const { isArray } = Array
export const { apply, getPrototypeOf, defineProperty, getOwnPropertyDescriptor } = Reflect
export const objectKeys = Object.keys
const { getOwnPropertySymbols } = Object
export const objectPrototype = Object.prototype
export const arrayPrototype = Array.prototype
export const { isFinite } = Number
export const text = String
const NativePromise = Promise
const promisePrototype = Promise.prototype
export const Controller = AbortController
export const AbortReason = DOMException
export const isInstance: (type: unknown, value: unknown) => boolean = Function.prototype.call.bind(
  Function.prototype[Symbol.hasInstance],
)

const encoder = new TextEncoder()
const Decoder = TextDecoder
const decodeNext = uncurry<
  (self: TextDecoder, bytes: Uint8Array, options: { readonly stream: boolean }) => string
>(TextDecoder.prototype, 'decode')
// Without a prototype: a tool may have put options there.
const streaming = { __proto__: null, stream: true } as unknown as { readonly stream: boolean }
export const encode: (text: string) => Uint8Array = encoder.encode.bind(encoder)
/** Returns a decoder of bytes that come in parts; a part may end inside a character. */
export const createDecoder = (): ((bytes: Uint8Array) => string) => {
  const decoder = new Decoder()
  return (bytes) => decodeNext(decoder, bytes, streaming)
}

export const {
  isBoxedPrimitive,
  isDate,
  isNativeError,
  isPromise,
  isMap,
  isSet,
  isWeakMap,
  isWeakSet,
  isMapIterator,
  isSetIterator,
  isGeneratorObject,
  isRegExp,
  isArrayBufferView,
  isAnyArrayBuffer,
  isModuleNamespaceObject,
} = types

/**
 * Returns the descriptor of a plain property. Without a prototype: a tool may have put `get` there.
 */
export const plainDescriptor = (value: unknown): PropertyDescriptor =>
  ({
    __proto__: null,
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  }) as PropertyDescriptor

/** Descriptor of a property that no spread and no listing of keys sees. */
export const hiddenDescriptor = (value: unknown): PropertyDescriptor =>
  ({
    __proto__: null,
    value,
    enumerable: false,
    configurable: true,
    writable: true,
  }) as PropertyDescriptor

/** Reports whether an object has an enumerable key that is a symbol. */
export function hasEnumerableSymbol(value: object): boolean {
  const symbols = getOwnPropertySymbols(value)
  for (let i = 0; i < symbols.length; i++) {
    if (getOwnPropertyDescriptor(value, symbols[i])?.enumerable === true) return true
  }
  return false
}

/** Makes `then` use the builtin Promise: it reads `constructor` and its species otherwise. */
const pin = (promise: object): boolean =>
  defineProperty(promise, 'constructor', plainDescriptor(undefined))

/**
 * Calls `done` or `failed` once, when `value` settles; a value that is no promise settles at once.
 */
export function settle(
  value: unknown,
  done: (value: unknown) => void,
  failed: (reason: unknown) => void,
): void {
  const isBuiltin = isPromise(value) && getPrototypeOf(value) === promisePrototype
  const promise =
    isBuiltin && pin(value)
      ? value
      : new NativePromise((resolve: (value: unknown) => void) => resolve(value))
  pin(promise)
  promiseThen(promise, done, failed)
}
