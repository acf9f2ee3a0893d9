import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts'
import { compileLinearPattern, matchMetered, type LinearPattern } from './linear-pattern.ts'
import { ValidationLimit, work, type Meter } from './meter.ts'
import { enter, followReference, type RootedSchema } from './references.ts'
import { subschemasOf } from './subschemas.ts'

/** Levels of references and of values that defaults may reach. */
const maximumDepth = 200

/** Keywords whose schemas may not apply to a value, so that their defaults can't be filled in. */
const conditional: ReadonlySet<string> = new Set([
  'anyOf',
  'contains',
  'dependentSchemas',
  'else',
  'if',
  'not',
  'oneOf',
  'propertyNames',
  'then',
])

const schemasIn = (list: JsonValue | undefined): readonly JsonValue[] =>
  Array.isArray(list) ? (list as readonly JsonValue[]) : []

/** Returns the default of a schema: its own, or that of its `$ref` or `allOf`. */
export function defaultOf(at: RootedSchema, depth = 0): JsonValue | undefined {
  if (!isJsonObject(at.schema) || depth > maximumDepth) return undefined
  if (at.schema['default'] !== undefined) return at.schema['default']
  const target = followReference(at)
  const parts = schemasIn(at.schema['allOf']).map((part) => enter(part, at.root))
  for (const next of target === undefined ? parts : [target, ...parts]) {
    const found = defaultOf(next, depth + 1)
    if (found !== undefined) return found
  }
  return undefined
}

/** Returns a copy of a value; faster than `structuredClone`, and metered. */
export function copyValue(value: JsonValue, meter: Meter): JsonValue {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    meter.spend(1 + (value.length >> 1))
    return value.map((item: JsonValue) => copyValue(item, meter))
  }
  const names = Object.keys(value)
  meter.spend(1 + names.length)
  const copy: JsonObject = {}
  for (const name of names) setOwn(copy, name, copyValue((value as JsonObject)[name]!, meter))
  return copy
}

function setOwn(target: JsonObject, name: string, value: JsonValue): void {
  if (name !== '__proto__') {
    ;(target as Record<string, JsonValue>)[name] = value
    return
  }
  // An assignment to __proto__ would not make a property.
  Object.defineProperty(target, name, {
    value,
    configurable: true,
    enumerable: true,
    writable: true,
  })
}

/** Patterns of `patternProperties` with their schemas. */
type PatternSchemas = readonly { readonly pattern: LinearPattern; readonly inner: JsonValue }[]

function compilePatterns(patternProperties: JsonValue | undefined): PatternSchemas {
  if (!isJsonObject(patternProperties)) return []
  return Object.entries(patternProperties).flatMap(([source, inner]) => {
    const pattern = compileLinearPattern(source)
    return 'test' in pattern ? [{ pattern, inner }] : []
  })
}

/** Fills the defaults of one schema into values. */
class DefaultFiller {
  readonly #meter: Meter
  readonly #patterns = new Map<JsonObject, PatternSchemas>()

  constructor(meter: Meter) {
    this.#meter = meter
  }

  fill(at: RootedSchema, value: JsonValue, depth: number): void {
    const { schema, root } = at
    if (!isJsonObject(schema)) return
    this.#meter.spend(1)
    if (depth > maximumDepth)
      throw new ValidationLimit('nests too deep once defaults are filled in')
    const target = followReference(at)
    if (isJsonObject(value)) this.#object(schema, root, value, depth)
    else if (Array.isArray(value)) this.#list(schema, root, value as JsonValue[], depth)
    if (target !== undefined) this.fill(target, value, depth + 1)
    for (const part of schemasIn(schema['allOf'])) this.fill(enter(part, root), value, depth + 1)
  }

  #object(schema: JsonObject, root: JsonValue, value: JsonObject, depth: number): void {
    const properties = isJsonObject(schema['properties']) ? schema['properties'] : {}
    for (const [name, inner] of Object.entries(properties)) {
      const at = enter(inner, root)
      if (!Object.hasOwn(value, name)) this.#set(value, name, defaultOf(at))
      if (Object.hasOwn(value, name)) this.fill(at, value[name]!, depth + 1)
    }
    this.#others(schema, root, value, depth)
  }

  /** Fills the properties that `patternProperties` and `additionalProperties` describe. */
  #others(schema: JsonObject, root: JsonValue, value: JsonObject, depth: number): void {
    const { properties, patternProperties, additionalProperties } = schema
    const additional = isJsonObject(additionalProperties) ? additionalProperties : undefined
    if (additional === undefined && !isJsonObject(patternProperties)) return
    const patterns = this.#patterns.get(schema) ?? compilePatterns(patternProperties)
    this.#patterns.set(schema, patterns)
    for (const [name, item] of Object.entries(value)) {
      const matching = patterns.filter(({ pattern }) => matchMetered(pattern, name, this.#meter))
      for (const { inner } of matching) this.fill(enter(inner, root), item, depth + 1)
      const isDeclared = isJsonObject(properties) && Object.hasOwn(properties, name)
      if (additional !== undefined && matching.length === 0 && !isDeclared)
        this.fill(enter(additional, root), item, depth + 1)
    }
  }

  #list(schema: JsonObject, root: JsonValue, value: JsonValue[], depth: number): void {
    const { items, prefixItems, additionalItems } = schema
    const first = schemasIn(Array.isArray(items) ? items : prefixItems)
    for (const [i, inner] of first.entries()) {
      const at = enter(inner, root)
      if (i === value.length) {
        const missing = defaultOf(at)
        if (missing === undefined) break
        value.push(copyValue(missing, this.#meter))
      }
      this.fill(at, value[i]!, depth + 1)
    }
    const rest = Array.isArray(items) ? additionalItems : items
    if (!isJsonObject(rest)) return
    for (const item of value.slice(first.length)) this.fill(enter(rest, root), item, depth + 1)
  }

  #set(target: JsonObject, name: string, value: JsonValue | undefined): void {
    if (value === undefined) return
    this.#meter.spend(work.filled)
    setOwn(target, name, copyValue(value, this.#meter))
  }
}

/** Reports whether a schema, or one that it refers to, has a default. */
export function hasDefaults(at: RootedSchema, seen: Set<JsonValue> = new Set()): boolean {
  if (!isJsonObject(at.schema) || seen.has(at.schema)) return false
  seen.add(at.schema)
  if (at.schema['default'] !== undefined) return true
  const target = followReference(at)
  if (target !== undefined && hasDefaults(target, seen)) return true
  return subschemasOf(at.schema)
    .filter(({ keyword }) => keyword !== '$defs' && keyword !== 'definitions')
    .some(({ schema }) => hasDefaults(enter(schema, at.root), seen))
}

/** Finds the keywords whose defaults are never filled in, by their path in the schema. */
export function findUnfilledDefaults(schema: JsonValue): (readonly (string | number)[])[] {
  const found: (readonly (string | number)[])[] = []
  const walk = (at: RootedSchema, path: readonly (string | number)[]): void => {
    if (!isJsonObject(at.schema)) return
    for (const { keyword, path: step, schema: inner } of subschemasOf(at.schema)) {
      const below = enter(inner, at.root)
      if (!conditional.has(keyword)) walk(below, [...path, ...step])
      else if (hasDefaults(below)) found.push([...path, ...step])
    }
  }
  walk(enter(schema, schema), [])
  return found
}

/**
 * Returns a function that fills a schema's defaults into a value in place; none without defaults.
 */
export function createDefaultFiller(
  schema: JsonValue,
  meter: Meter,
): ((value: JsonValue) => void) | undefined {
  const at = enter(schema, schema)
  if (!hasDefaults(at)) return undefined
  const filler = new DefaultFiller(meter)
  return (value) => filler.fill(at, value, 0)
}
