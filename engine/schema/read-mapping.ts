import { isJsonObject, type JsonObject, type JsonValue } from '../core/json.ts'
import { nearest } from '../core/nearest.ts'
import type { Path } from '../core/source.ts'
import type { TaskField } from './field.ts'
import { unsupportedKeys, unsupportedReason } from './migration-hints.ts'
import { nameOf, readScalar } from './read-scalar.ts'
import { kindOf, type Report } from './report.ts'
import type { Moved, Shape, Shapes, ShapeValues } from './shape.ts'

/**
 * What reading needs: where to report, and who reads what only tasks have (templates, edges, nested
 * tasks).
 */
export interface ReadContext {
  readonly report: Report
  /** `undefined`: the value was wrong, and the report says why. */
  readonly readTaskField?: (field: TaskField, value: JsonValue, path: Path) => unknown
}

/** The name of a mapping in messages, and hints about unknown keys. */
export interface MappingNames {
  readonly named: string
  readonly moved?: Moved
  /** A hint about an unknown key that no other rule explains. */
  readonly explain?: (key: string) => string | undefined
}

/**
 * Reports each unknown key: not supported, moved, or misspelled. Returns the keys that were meant.
 */
function checkKeys(
  value: JsonObject,
  path: Path,
  fields: Shapes,
  names: MappingNames,
  report: Report,
): ReadonlySet<string> {
  const meant = new Set<string>()
  const known = Object.keys(fields)
  for (const key of Object.keys(value)) {
    if (Object.hasOwn(fields, key)) continue
    if (report.isFull) return meant
    const at = [...path, key]
    const moved = names.moved && Object.hasOwn(names.moved, key) ? names.moved[key] : undefined
    if (moved !== undefined) {
      // `tasks` that became `task`: it is not missing as well.
      const near = nearest(key, known)
      if (near !== undefined) meant.add(near)
      report.error(at, `"${key}" does not belong in ${names.named} (any more)`, {
        key: true,
        hint: moved,
      })
    } else if (unsupportedKeys.has(key))
      report.error(at, `not supported: ${key}`, { key: true, hint: unsupportedReason })
    else {
      const explained = names.explain?.(key)
      const near = explained === undefined ? nearest(key, known) : undefined
      if (near !== undefined) meant.add(near)
      const guess = near === undefined ? '' : `; did you mean "${near}"?`
      const hint = explained ?? `allowed: ${known.join(', ')}`
      report.error(at, `unknown key "${key}" in ${names.named}${guess}`, { key: true, hint })
    }
  }
  return meant
}

/**
 * Reads a mapping by its shapes. Every deviation is reported at its place; what remains is
 * returned, so that the rest can be checked as well. A key without a value counts as not given.
 */
export function readMapping(
  fields: Shapes,
  value: JsonValue,
  path: Path,
  names: MappingNames,
  context: ReadContext,
): Readonly<Record<string, unknown>> | undefined {
  const { report } = context
  if (!isJsonObject(value)) {
    report.error(path, `${names.named} must be a mapping, not ${kindOf(value)}`)
    return undefined
  }
  const meant = checkKeys(value, path, fields, names, report)
  const result: Record<string, unknown> = {}
  for (const [key, shape] of Object.entries(fields)) {
    const given = Object.hasOwn(value, key) ? value[key] : undefined
    if (given !== undefined && given !== null) {
      const read = readShape(shape, given, [...path, key], context)
      if (read !== undefined) result[key] = read
    } else if (shape.required === true && !meant.has(key)) {
      const at = given === null ? [...path, key] : path
      report.error(at, `"${key}" is missing in ${names.named}`, { hint: `${key}: ${shape.doc}` })
    }
  }
  return result
}

/** {@link readMapping} with the types that its shapes promise. */
export function readFields<F extends Shapes>(
  fields: F,
  value: JsonValue,
  path: Path,
  names: MappingNames,
  context: ReadContext,
): ShapeValues<F> | undefined {
  return readMapping(fields, value, path, names, context) as ShapeValues<F> | undefined
}

function readList(
  shape: Extract<Shape, { is: 'list' }>,
  value: readonly JsonValue[],
  path: Path,
  context: ReadContext,
) {
  const { of, min = 0, max = Infinity } = shape
  const what = nameOf(path)
  if (value.length < min)
    context.report.error(
      path,
      `${what} needs at least ${min === 1 ? 'one entry' : `${min} entries`}`,
    )
  if (value.length > max)
    context.report.error(path, `${what} has ${value.length} entries; at most ${max} are allowed`)
  return value.flatMap((item, i) => {
    const read = readShape(of, item, [...path, i], context)
    // An invalid mapping becomes an empty one, so that the entries after it keep their positions.
    if (read === undefined) return of.is === 'object' ? [{}] : []
    return [read]
  })
}

function readMap(
  shape: Extract<Shape, { is: 'map' }>,
  value: JsonObject,
  path: Path,
  context: ReadContext,
) {
  const entries: [string, unknown][] = []
  for (const [key, item] of Object.entries(value)) {
    const at = [...path, key]
    if (shape.keys !== undefined && !new RegExp(shape.keys.pattern).test(key)) {
      context.report.error(at, `the name "${key}" must be ${shape.keys.allowed}`, { key: true })
      continue
    }
    const read = readShape(shape.of, item, at, context)
    if (read !== undefined) entries.push([key, read])
  }
  return Object.fromEntries(entries)
}

/** Reads one value by its shape. `undefined` means that it was wrong, which has been reported. */
export function readShape(
  shape: Shape,
  value: JsonValue,
  path: Path,
  context: ReadContext,
): unknown {
  const what = nameOf(path)
  const refuse = (allowed: string, hint?: string): undefined => {
    const message = `${what} must be ${allowed}, not ${kindOf(value)}`
    context.report.error(path, message, hint === undefined ? {} : { hint })
  }
  switch (shape.is) {
    case 'object': {
      const names = {
        ...shape,
        named: 'named' in shape && shape.named ? shape.named : what,
      } as MappingNames
      if (typeof value === 'string' && Object.hasOwn(shape.fields, 'next'))
        return refuse('a mapping', `write ${path.at(-1)}: {next: ${value}}`)
      return readMapping(shape.fields, value, path, names, context)
    }
    case 'list':
      return Array.isArray(value)
        ? readList(shape, value as readonly JsonValue[], path, context)
        : refuse('a list')
    case 'map':
      return isJsonObject(value) ? readMap(shape, value, path, context) : refuse('a mapping')
    case 'mapping':
      return isJsonObject(value) ? value : refuse('a mapping')
    case 'schema':
      return isJsonObject(value) || typeof value === 'boolean'
        ? value
        : refuse(
            'a JSON Schema',
            `a mapping, or a reference: {$ref: 'local::schemas.#(id=="order")'}`,
          )
    case 'json':
      return value
    case 'variable':
    case 'template':
    case 'tree':
    case 'condition':
    case 'next':
    case 'task':
    case 'tasks':
    case 'routes':
    case 'workflow_id':
    case 'tool':
    case 'route':
      return context.readTaskField?.(shape, value, path)
    default:
      return readScalar(shape, value, path, context.report)
  }
}
