// Describes what a tool throws as plain data: names, messages, stacks, causes, all bounded.
import * as own from './primordials.ts'
import type { ThrownError } from './thrown-error.ts'

/** Bounds on the description of one thrown value. */
export interface ErrorBounds {
  readonly nameCharacters: number
  readonly messageCharacters: number
  readonly stackCharacters: number
  readonly causeCharacters: number
  readonly causeDepth: number
  readonly aggregateErrors: number
  /** Causes and errors of aggregates, all together. */
  readonly causes: number
}

/** How many more causes may be described. */
interface Budget {
  causes: number
}

const { inspect } = Deno
const { NotCapable } = Deno.errors

/** Returns the text that the console shows for a value. */
export function show(value: unknown): string {
  if (typeof value === 'string') return value
  try {
    const shown: unknown = inspect(value)
    return typeof shown === 'string' ? shown : '[unprintable value]'
  } catch {
    return '[unprintable value]'
  }
}

/** Reports whether the line at `from` is a frame of a stack: spaces, then `at `. */
function isFrame(text: string, from: number): boolean {
  let at = from
  while (text[at] === ' ') at++
  return at > from && text[at] === 'a' && text[at + 1] === 't' && text[at + 2] === ' '
}

/**
 * Returns what `show` gives without the lines of stacks: a thrown promise, or an object that holds
 * an error, would show the frames of its own and of this module in the message.
 */
function showWithoutFrames(value: unknown): string {
  const shown = show(value)
  if (typeof value === 'string') return shown
  let kept = ''
  for (let from = 0; from <= shown.length;) {
    const end = own.stringIndexOf(shown, '\n', from)
    const to = end < 0 ? shown.length : end
    if (!isFrame(shown, from)) kept += (from === 0 ? '' : '\n') + own.stringSlice(shown, from, to)
    from = to + 1
  }
  return kept
}

function read(value: object, name: string): unknown {
  try {
    return (value as Record<string, unknown>)[name]
  } catch {
    return undefined
  }
}

function readText(value: object, name: string): string {
  try {
    const found = read(value, name)
    return found === undefined || found === null ? '' : own.text(found)
  } catch {
    return ''
  }
}

const isObject = (value: unknown): value is object =>
  (typeof value === 'object' && value !== null) || typeof value === 'function'

/** Returns the first line of what was thrown, at most 500 characters. */
export function messageOf(thrown: unknown): string {
  const message = (isObject(thrown) ? readText(thrown, 'message') : '') || showWithoutFrames(thrown)
  const end = own.stringIndexOf(message, '\n')
  return own.cutText(message, end < 0 || end > 500 ? 500 : end)
}

/** An error that is described, and the one that it causes. */
interface Effect {
  readonly object: object | undefined
  readonly of: Effect | undefined
}

/** Reports whether a cause leads back to an error above it. */
function leadsBack(cause: unknown, from: Effect): boolean {
  for (let at: Effect | undefined = from; at !== undefined; at = at.of)
    if (at.object === cause) return true
  return false
}

function describeLevel(
  thrown: unknown,
  bounds: ErrorBounds,
  budget: Budget,
  depth: number,
  of?: Effect,
): ThrownError {
  const object = isObject(thrown) ? thrown : undefined
  const name = object === undefined ? '' : readText(object, 'name')
  const message =
    object === undefined
      ? show(thrown)
      : readText(object, 'message') || (name === '' ? showWithoutFrames(thrown) : '')
  const longest = depth === 0 ? bounds.messageCharacters : bounds.causeCharacters
  const stack = object === undefined ? '' : readText(object, 'stack')
  const longestStack = depth === 0 ? bounds.stackCharacters : bounds.causeCharacters
  const cause = object === undefined || depth >= bounds.causeDepth ? null : read(object, 'cause')
  const effect: Effect = { object, of }
  return {
    name: own.cutText(name || 'Error', bounds.nameCharacters),
    message: own.cutText(message, longest),
    stack: own.cutText(stack, longestStack),
    cut: message.length > longest ? message.length - longest : 0,
    denied: object !== undefined && own.isInstance(NotCapable, thrown),
    imported: object !== undefined && readText(object, 'code') === 'ERR_MODULE_NOT_FOUND',
    code: object === undefined ? '' : own.cutText(readText(object, 'code'), 100),
    cause:
      cause === undefined || cause === null || leadsBack(cause, effect) || budget.causes-- <= 0
        ? null
        : describeLevel(cause, bounds, budget, depth + 1, effect),
    errors: object === undefined ? [] : describeErrors(object, bounds, budget, depth),
  }
}

function describeErrors(
  object: object,
  bounds: ErrorBounds,
  budget: Budget,
  depth: number,
): ThrownError[] {
  const records: ThrownError[] = []
  const errors = depth >= bounds.causeDepth ? undefined : read(object, 'errors')
  if (!own.isNativeError(object) || !own.isArray(errors)) return records
  for (let i = 0; i < bounds.aggregateErrors && i < errors.length; i++) {
    if (budget.causes-- <= 0) break
    const value = describeLevel(errors[i], bounds, budget, depth + 1)
    own.defineProperty(records, i, own.plainDescriptor(value))
  }
  return records
}

/** A plain record's JSON, without a look at prototypes. */
function recordText(record: ThrownError): string {
  let errors = ''
  for (let i = 0; i < record.errors.length; i++) {
    errors += (i === 0 ? '' : ',') + recordText(record.errors[i])
  }
  const { name, message, stack, cut, denied, imported, code, cause } = record
  return (
    `{"name":${own.stringify(name)},"message":${own.stringify(message)}` +
    `,"stack":${own.stringify(stack)},"cut":${cut},"denied":${denied},"imported":${imported}` +
    `,"code":${own.stringify(code)},"cause":${cause === null ? 'null' : recordText(cause)}` +
    `,"errors":[${errors}]}`
  )
}

/** Returns what was thrown as JSON text. Never throws, whatever the value does when it is read. */
export function errorText(thrown: unknown, bounds: ErrorBounds): string {
  try {
    return recordText(describeLevel(thrown, bounds, { causes: bounds.causes }, 0))
  } catch {
    return (
      '{"name":"Error","message":"[unprintable error]","stack":"","cut":0,"denied":false' +
      ',"imported":false,"code":"","cause":null,"errors":[]}'
    )
  }
}
