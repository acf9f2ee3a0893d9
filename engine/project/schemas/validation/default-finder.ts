import { isJsonObject, type JsonValue } from '../../../core/json.ts'
import { enter, SchemaMap, type References, type RootedSchema } from './references.ts'
import { subschemasOf } from './subschemas.ts'

/** Lists the schemas of a keyword such as `allOf`. */
export const schemasIn = (list: JsonValue | undefined): readonly JsonValue[] =>
  Array.isArray(list) ? (list as readonly JsonValue[]) : []

/** A schema on the way to a default, and the one that led to it. */
interface Step {
  readonly at: RootedSchema
  readonly from?: Step
}

/**
 * Finds the defaults of schemas, in them or behind their references. Each schema is read once,
 * however many ways lead to it, and without recursion: a chain of references may be longer than the
 * stack.
 */
export class DefaultFinder {
  readonly references: References
  readonly #having = new SchemaMap<boolean>()
  readonly #defaults = new SchemaMap<JsonValue | undefined>()

  constructor(references: References) {
    this.references = references
  }

  /** Returns the default of a schema: its own, or that of its `$ref` or `allOf`. */
  defaultOf(start: RootedSchema): JsonValue | undefined {
    const waiting: Step[] = [{ at: start }]
    for (let step = waiting.pop(); step !== undefined; step = waiting.pop()) {
      const { schema, root } = step.at
      if (!isJsonObject(schema)) continue
      const isKnown = this.#defaults.has(step.at)
      const found = isKnown ? this.#defaults.get(step.at) : schema['default']
      if (found !== undefined) {
        for (let on: Step | undefined = step; on !== undefined; on = on.from)
          this.#defaults.set(on.at, found)
        return found
      }
      if (isKnown) continue
      // It has none, unless it turns out to be on the way to one.
      this.#defaults.set(step.at, undefined)
      const target = this.references.follow(step.at)
      const parts = schemasIn(schema['allOf']).map((part) => enter(part, root))
      const next = target === undefined ? parts : [target, ...parts]
      for (const at of next.reverse()) waiting.push({ at, from: step })
    }
    return undefined
  }

  /** Reports whether a schema has a default, in it or behind its references. */
  has(start: RootedSchema): boolean {
    if (!isJsonObject(start.schema)) return false
    if (!this.#having.has(start)) this.#search(start)
    return this.#having.get(start) === true
  }

  /** Reads all that a schema leads to, then goes back from each default to what leads there. */
  #search(start: RootedSchema): void {
    const users = new SchemaMap<RootedSchema[]>()
    const having: RootedSchema[] = []
    const reached = [start]
    this.#having.set(start, false)
    // Both lists grow meanwhile, and the loops reach what is added.
    for (const at of reached) {
      if (isJsonObject(at.schema) && at.schema['default'] !== undefined) having.push(at)
      for (const next of this.#nextTo(at)) {
        if (this.#having.get(next) === true) having.push(at)
        else addTo(users, next, at)
        if (this.#having.has(next)) continue
        this.#having.set(next, false)
        reached.push(next)
      }
    }
    for (const at of having) {
      if (this.#having.get(at) === true) continue
      this.#having.set(at, true)
      for (const user of users.get(at) ?? []) having.push(user)
    }
  }

  /** Lists the schemas in a schema and behind its reference; those of `$defs` wait for one. */
  #nextTo(at: RootedSchema): readonly RootedSchema[] {
    if (!isJsonObject(at.schema)) return []
    const target = this.references.follow(at)
    const inside = subschemasOf(at.schema)
      .filter(({ keyword, schema }) => !isDefinition(keyword) && isJsonObject(schema))
      .map(({ schema }) => enter(schema, at.root))
    return target === undefined || !isJsonObject(target.schema) ? inside : [target, ...inside]
  }
}

function addTo(users: SchemaMap<RootedSchema[]>, used: RootedSchema, user: RootedSchema): void {
  const known = users.get(used)
  if (known === undefined) users.set(used, [user])
  else known.push(user)
}

const isDefinition = (keyword: string): boolean => keyword === '$defs' || keyword === 'definitions'
