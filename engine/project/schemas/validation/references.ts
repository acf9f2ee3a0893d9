import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts'
import { fragmentOf, valueAtPointer } from '../../../core/json-pointer.ts'
import { partAt, type SchemaPart } from './subschemas.ts'

/** A schema with the root that its references start from. */
export interface RootedSchema {
  readonly schema: JsonValue
  readonly root: JsonValue
}

function isResource(schema: JsonValue): boolean {
  const id = isJsonObject(schema) ? schema['$id'] : undefined
  return typeof id === 'string' && !id.startsWith('#')
}

/** Enters a schema: one with an `$id` of its own becomes the root of its references. */
export function enter(schema: JsonValue, root: JsonValue): RootedSchema {
  return { schema, root: isResource(schema) ? schema : root }
}

/** Keeps something about schemas; one that is reached from another root is another one. */
export class SchemaMap<Value> {
  readonly #byRoot = new Map<JsonValue, Map<JsonValue, Value>>()

  has({ schema, root }: RootedSchema): boolean {
    return this.#byRoot.get(root)?.has(schema) === true
  }

  get({ schema, root }: RootedSchema): Value | undefined {
    return this.#byRoot.get(root)?.get(schema)
  }

  set({ schema, root }: RootedSchema, value: Value): void {
    const inRoot = this.#byRoot.get(root) ?? new Map<JsonValue, Value>()
    this.#byRoot.set(root, inRoot.set(schema, value))
  }
}

interface Anchors {
  /** By `$anchor`, `$dynamicAnchor`, and draft-07's `$id: '#name'`. */
  readonly plain: ReadonlyMap<string, JsonObject>
  readonly dynamic: ReadonlyMap<string, JsonObject>
}

/** Reads the anchors of a resource. Throws if one name stands twice. */
function readAnchors(root: JsonValue): Anchors {
  const plain = new Map<string, JsonObject>()
  const dynamic = new Map<string, JsonObject>()
  const add = (name: JsonValue | undefined, schema: JsonObject): void => {
    if (typeof name !== 'string') return
    if (plain.has(name)) throw new Error(`the anchor "${name}" is there twice`)
    plain.set(name, schema)
  }
  const walk = (node: JsonValue, part: SchemaPart): void => {
    if (typeof node !== 'object' || node === null || part === 'data') return
    if (node !== root && isResource(node)) return
    if (Array.isArray(node)) return node.forEach((item: JsonValue) => walk(item, part))
    if (isJsonObject(node)) {
      const { $id: id, $anchor, $dynamicAnchor } = node
      add($anchor, node)
      add($dynamicAnchor, node)
      if (typeof $dynamicAnchor === 'string') dynamic.set($dynamicAnchor, node)
      if (typeof id === 'string' && id.startsWith('#')) add(id.slice(1), node)
    }
    for (const [key, item] of Object.entries(node)) walk(item, partAt(key, part))
  }
  walk(root, 'schema')
  return { plain, dynamic }
}

/** The references of one schema. Each resource is searched for anchors once. */
export class References {
  readonly #anchors = new Map<JsonValue, Anchors>()

  /** Follows the `$ref` of a schema; undefined if it has none, or one that leads nowhere. */
  follow({ schema, root }: RootedSchema): RootedSchema | undefined {
    const reference = isJsonObject(schema) ? schema['$ref'] : undefined
    return typeof reference === 'string' ? this.resolve(reference, root) : undefined
  }

  /** Resolves a reference inside a resource; undefined if it leads nowhere, or out. */
  resolve(reference: string, root: JsonValue): RootedSchema | undefined {
    const fragment = fragmentOf(reference)
    if (fragment === undefined) return undefined
    const target =
      fragment === '' || fragment.startsWith('/')
        ? valueAtPointer(root, fragment)
        : this.#anchorsOf(root).plain.get(fragment)
    return target === undefined ? undefined : enter(target, root)
  }

  /** The schema with a `$dynamicAnchor` in a resource. */
  dynamic(name: string, root: JsonValue): JsonObject | undefined {
    return this.#anchorsOf(root).dynamic.get(name)
  }

  #anchorsOf(root: JsonValue): Anchors {
    const anchors = this.#anchors.get(root) ?? readAnchors(root)
    this.#anchors.set(root, anchors)
    return anchors
  }
}
