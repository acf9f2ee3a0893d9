import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts'
import type { DefaultFinder } from './default-finder.ts'
import { enter, type References, type RootedSchema } from './references.ts'
import { subschemasOf } from './subschemas.ts'

type SchemaPath = readonly (string | number)[]

/** Keywords whose schemas always apply, so that defaults in them are filled in. */
const filled: ReadonlySet<string> = new Set([
  '$defs',
  'additionalItems',
  'additionalProperties',
  'allOf',
  'definitions',
  'items',
  'patternProperties',
  'prefixItems',
  'properties',
])

/** A keyword whose defaults are never filled in, and its place in the schema. */
export interface UnfilledDefaults {
  readonly keyword: string
  readonly path: SchemaPath
}

/** Lists a schema and the schemas inside it that are roots of references. */
function resourcesOf({ schema, root }: RootedSchema): readonly JsonValue[] {
  if (!isJsonObject(schema)) return []
  const inside = subschemasOf(schema).flatMap((inner) => resourcesOf(enter(inner.schema, root)))
  return schema === root ? [root, ...inside] : inside
}

/**
 * Lists what a `$dynamicRef` may lead to: what it names, and the dynamic anchor of that name in any
 * resource. Which of them it is, only a validation tells.
 */
function dynamicTargets(
  { schema, root }: RootedSchema,
  resources: readonly JsonValue[],
  references: References,
): readonly RootedSchema[] {
  const reference = isJsonObject(schema) ? schema['$dynamicRef'] : undefined
  if (typeof reference !== 'string') return []
  const named = references.resolve(reference, root)
  const anchored = resources.flatMap((resource) => {
    const target = references.dynamic(reference.slice(1), resource)
    return target === undefined ? [] : [{ schema: target, root: resource }]
  })
  return named === undefined ? anchored : [named, ...anchored]
}

/** Finds the keywords whose defaults are never filled in. */
export function findUnfilledDefaults(
  schema: JsonValue,
  finder: DefaultFinder,
): readonly UnfilledDefaults[] {
  const found: UnfilledDefaults[] = []
  const start = enter(schema, schema)
  let resources: readonly JsonValue[] | undefined
  const walk = (at: RootedSchema, path: SchemaPath): void => {
    if (!isJsonObject(at.schema)) return
    if ('$dynamicRef' in at.schema) {
      resources ??= resourcesOf({ schema, root: schema })
      const targets = dynamicTargets(at, resources, finder.references)
      if (targets.some((target) => finder.has(target)))
        found.push({ keyword: '$dynamicRef', path: [...path, '$dynamicRef'] })
    }
    for (const { keyword, path: step, schema: inner } of subschemasOf(at.schema)) {
      const below = enter(inner, at.root)
      if (filled.has(keyword) || !finder.has(below)) walk(below, [...path, ...step])
      else found.push({ keyword, path: [...path, ...step] })
    }
  }
  walk(start, [])
  return found
}

/** A property that a schema requires although it has a default. */
export interface RequiredDefault {
  readonly name: string
  readonly path: SchemaPath
}

const requiredNames = ({ required }: JsonObject): readonly string[] =>
  Array.isArray(required) ? required.filter((name) => typeof name === 'string') : []

/** Finds the first property that is required although it, or what it refers to, has a default. */
export function findRequiredDefault(
  schema: JsonValue,
  finder: DefaultFinder,
): RequiredDefault | undefined {
  const walk = (at: RootedSchema, path: SchemaPath): RequiredDefault | undefined => {
    if (!isJsonObject(at.schema)) return undefined
    const { properties } = at.schema
    const declared = isJsonObject(properties) ? properties : {}
    const name = requiredNames(at.schema).find(
      (each) =>
        Object.hasOwn(declared, each) &&
        finder.defaultOf(enter(declared[each]!, at.root)) !== undefined,
    )
    if (name !== undefined) return { name, path: [...path, 'properties', name, 'default'] }
    for (const { path: step, schema: inner } of subschemasOf(at.schema)) {
      const found = walk(enter(inner, at.root), [...path, ...step])
      if (found !== undefined) return found
    }
    return undefined
  }
  return walk(enter(schema, schema), [])
}
