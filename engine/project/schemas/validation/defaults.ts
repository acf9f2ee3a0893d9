import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts'
import { schemasIn, type DefaultFinder } from './default-finder.ts'
import { matchMetered, type LinearPattern, type Patterns } from './linear-pattern.ts'
import { ValidationLimit, work, type Meter } from './meter.ts'
import { enter, type RootedSchema } from './references.ts'

/** Levels of references and of values that defaults may reach. */
const maximumDepth = 200

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

function compilePatterns(
  patternProperties: JsonValue | undefined,
  patterns: Patterns,
): PatternSchemas {
  if (!isJsonObject(patternProperties)) return []
  return Object.entries(patternProperties).flatMap(([source, inner]) => {
    const pattern = patterns.get(source)
    return 'test' in pattern ? [{ pattern, inner }] : []
  })
}

/** A property whose schema has a default; `missing` is what stands in for it. */
interface DefaultedProperty {
  readonly name: string
  readonly at: RootedSchema
  readonly missing: JsonValue | undefined
}

/** Fills the defaults of one schema into values. */
class DefaultFiller {
  readonly #meter: Meter
  readonly #finder: DefaultFinder
  readonly #known: Patterns
  readonly #patterns = new Map<JsonObject, PatternSchemas>()
  readonly #properties = new Map<JsonObject, readonly DefaultedProperty[]>()

  constructor(meter: Meter, finder: DefaultFinder, known: Patterns) {
    this.#meter = meter
    this.#finder = finder
    this.#known = known
  }

  fill(at: RootedSchema, value: JsonValue, depth: number): void {
    const { schema, root } = at
    if (!isJsonObject(schema)) return
    this.#meter.spend(1)
    if (depth > maximumDepth)
      throw new ValidationLimit('nests too deep once defaults are filled in')
    const target = this.#finder.references.follow(at)
    if (isJsonObject(value)) this.#object(schema, root, value, depth)
    else if (Array.isArray(value)) this.#list(schema, root, value as JsonValue[], depth)
    if (target !== undefined) this.fill(target, value, depth + 1)
    for (const part of schemasIn(schema['allOf'])) this.fill(enter(part, root), value, depth + 1)
  }

  #object(schema: JsonObject, root: JsonValue, value: JsonObject, depth: number): void {
    const properties = this.#properties.get(schema) ?? this.#findProperties(schema, root)
    this.#meter.spend(properties.length * 2)
    for (const { name, at, missing } of properties) {
      if (!Object.hasOwn(value, name)) {
        if (missing === undefined) continue
        this.#set(value, name, missing)
      }
      this.fill(at, value[name]!, depth + 1)
    }
    this.#others(schema, root, value, depth)
  }

  /** The properties that have a default, or may have one inside. */
  #findProperties(schema: JsonObject, root: JsonValue): readonly DefaultedProperty[] {
    const declared = isJsonObject(schema['properties']) ? schema['properties'] : {}
    const found = Object.entries(declared)
      .map(([name, inner]) => ({ name, at: enter(inner, root) }))
      .filter(({ at }) => this.#finder.has(at))
      .map((each) => ({ ...each, missing: this.#finder.defaultOf(each.at) }))
    this.#properties.set(schema, found)
    return found
  }

  /** Fills the properties that `patternProperties` and `additionalProperties` describe. */
  #others(schema: JsonObject, root: JsonValue, value: JsonObject, depth: number): void {
    const { properties, patternProperties, additionalProperties } = schema
    const additional = isJsonObject(additionalProperties) ? additionalProperties : undefined
    if (additional === undefined && !isJsonObject(patternProperties)) return
    const patterns = this.#patterns.get(schema) ?? compilePatterns(patternProperties, this.#known)
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
        const missing = this.#finder.defaultOf(at)
        if (missing === undefined) break
        value.push(copyValue(missing, this.#meter))
      }
      this.fill(at, value[i]!, depth + 1)
    }
    const rest = Array.isArray(items) ? additionalItems : items
    if (!isJsonObject(rest)) return
    for (const item of value.slice(first.length)) this.fill(enter(rest, root), item, depth + 1)
  }

  #set(target: JsonObject, name: string, value: JsonValue): void {
    this.#meter.spend(work.filled)
    setOwn(target, name, copyValue(value, this.#meter))
  }
}

/**
 * Returns a function that fills a schema's defaults into a value in place; none without defaults.
 */
export function createDefaultFiller(
  at: RootedSchema,
  meter: Meter,
  finder: DefaultFinder,
  patterns: Patterns,
): ((value: JsonValue) => void) | undefined {
  if (!finder.has(at)) return undefined
  const filler = new DefaultFiller(meter, finder, patterns)
  return (value) => filler.fill(at, value, 0)
}
