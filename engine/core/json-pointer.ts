import { isJsonObject, type JsonValue } from './json.ts'

const encodeStep = (step: string | number): string =>
  String(step).replaceAll('~', '~0').replaceAll('/', '~1')

const decodeStep = (step: string): string => step.replaceAll('~1', '/').replaceAll('~0', '~')

/** Returns the JSON pointer (RFC 6901) of a path. */
export function jsonPointer(path: readonly (string | number)[]): string {
  return path.map((step) => `/${encodeStep(step)}`).join('')
}

/** Returns the keys and indexes that a JSON pointer goes through, all as text. */
export function pointerSteps(pointer: string): readonly string[] {
  return pointer.split('/').slice(1).map(decodeStep)
}

/** The index of a list's item as a pointer has it. */
const indexPattern = /^(?:0|[1-9]\d*)$/

function childAt(value: JsonValue | undefined, step: string): JsonValue | undefined {
  if (Array.isArray(value))
    return indexPattern.test(step) ? (value as readonly JsonValue[])[Number(step)] : undefined
  return isJsonObject(value) && Object.hasOwn(value, step) ? value[step] : undefined
}

/** Returns the value that a JSON pointer leads to; undefined if it leads nowhere. */
export function valueAtPointer(whole: JsonValue, pointer: string): JsonValue | undefined {
  if (pointer !== '' && !pointer.startsWith('/')) return undefined
  return pointerSteps(pointer).reduce<JsonValue | undefined>(childAt, whole)
}

/**
 * Returns the fragment of a reference such as `#/$defs/a%20b`, decoded: a JSON pointer, or the name
 * of an anchor. Undefined for a reference to elsewhere, or with a `%` that encodes nothing. An
 * encoded slash is part of a key.
 */
export function fragmentOf(reference: string): string | undefined {
  if (!reference.startsWith('#')) return undefined
  const steps = reference.slice(1).split('/')
  try {
    return steps.map((step) => decodeURIComponent(step).replaceAll('/', '~1')).join('/')
  } catch {
    return undefined
  }
}
