import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts'
import { fragmentOf, valueAtPointer } from '../../core/json-pointer.ts'
import { didYouMean, listNames } from '../../core/nearest.ts'
import type { Path } from '../../core/source.ts'
import { quoted, type Report } from '../../schema/report.ts'
import { partAt, type SchemaPart } from './validation/subschemas.ts'

/** What the references of one file can name. */
export interface FileSchemas {
  /** Its `schemas:` by id. */
  readonly schemas: ReadonlyMap<string, JsonObject>
  /** The document that `#/…` points into. */
  readonly document: JsonValue
}

/** What references can name: `local::` and `#/…` mean the file that they stand in. */
export interface SchemaScope {
  readonly file: FileSchemas
  /** compozy.yaml, whose schemas are `global::`. */
  readonly project: FileSchemas
}

const directive = /^(local|global)::schemas\.#\(\s*id\s*==?\s*(["'])([^"']*)\2\s*\)$/
const example = `local::schemas.#(id=="order"), global::schemas.#(id=="order") or "#/triggers/0/schema"`

/** The value that a reference such as `#/a/0` leads to. */
function follow(reference: string, root: JsonValue): JsonValue | undefined {
  const pointer = fragmentOf(reference)
  return pointer === undefined ? undefined : valueAtPointer(root, pointer)
}

/**
 * Entries of a `schemas:` section by id, without that id, which is ours and no word of JSON Schema.
 */
export function collectSchemas(
  entries: readonly JsonObject[] | undefined,
  report: Report,
): ReadonlyMap<string, JsonObject> {
  const schemas = new Map<string, JsonObject>()
  for (const [i, { id, ...schema }] of (entries ?? []).entries()) {
    if (typeof id !== 'string' || id === '')
      report.error(['schemas', i], '"id" is missing in a schema', {
        hint: 'id: the name that a $ref uses',
      })
    else if (schemas.has(id))
      report.error(['schemas', i, 'id'], `the schema id "${id}" is used twice`)
    else schemas.set(id, schema)
  }
  return schemas
}

/** Where a part of a schema stands, and the references that led there. */
interface Followed {
  readonly file: FileSchemas
  readonly inside: readonly string[]
}

/**
 * Most values of a schema with its references expanded: each reference can double it. So many take
 * about 50 ms to compile, in one turn.
 */
const maximumValues = 10_000

/**
 * Writes out the references of a schema to schemas of the workflow (`local::`), of the project
 * (`global::`) and to other parts of the same file (`#/triggers/0/schema`). References inside the
 * schema itself (`#/$defs/…`) are JSON Schema's own and stay. Reports dangling and circular
 * references, and a schema that grows too large, which it does not return.
 */
export function resolveSchema(
  schema: JsonValue,
  path: Path,
  scope: SchemaScope,
  report: Report,
): JsonValue | undefined {
  let values = 0
  const refuse = (at: Path, message: string, hint: string): JsonValue => {
    report.error(at, message, { hint })
    return true
  }

  const target = (
    ref: string,
    at: Path,
    root: JsonValue,
    file: FileSchemas,
  ): { id: string; schema: JsonValue; file: FileSchemas } | 'own' | undefined => {
    const isElsewhere = file !== scope.file
    const [, place, , schemaId] = directive.exec(ref) ?? []
    if (place === 'local' || place === 'global') {
      const owner = place === 'local' ? file : scope.project
      const found = owner.schemas.get(schemaId!)
      const named = isElsewhere ? 'global' : place
      if (found !== undefined) return { id: `${named}:${schemaId}`, schema: found, file: owner }
      const known = [...owner.schemas.keys()]
      // A guess among thousands of names takes long, and a full report shows no more of them.
      const guess = report.isFull ? '' : didYouMean(schemaId!, known)
      const where = named === 'local' ? 'schemas of this file' : 'schemas of compozy.yaml'
      refuse(at, `unknown schema "${schemaId}"${guess}`, `${where}: ${listNames(known) || 'none'}`)
      return undefined
    }
    if (
      ref === '#' ||
      (ref.startsWith('#') && (!ref.startsWith('#/') || follow(ref, root) !== undefined))
    )
      return 'own'
    const found = ref.startsWith('#/') ? follow(ref, file.document) : undefined
    const id = isElsewhere ? `compozy.yaml${ref}` : ref
    if (found !== undefined) return { id, schema: found, file }
    refuse(
      at,
      `the reference ${quoted(ref)} leads nowhere`,
      `allowed: ${example}, or a part of the same schema`,
    )
    return undefined
  }

  /** @param at place in the file, the same from the first reference that was followed on */
  const expand = (
    value: JsonValue,
    part: SchemaPart,
    at: Path,
    root: JsonValue,
    { file, inside }: Followed,
  ): JsonValue => {
    const isFollowed = inside.length > 0
    if (part === 'data') return value
    values++
    if (values === maximumValues + 1) {
      const most = maximumValues.toLocaleString('en')
      const message = `the schema has more than ${most} values with its references written out`
      report.error(at, message, { hint: 'use $defs inside one schema; those are not written out' })
    }
    if (values > maximumValues) return true
    const below = (step: string | number): Path => (isFollowed ? at : [...at, step])
    if (Array.isArray(value))
      return value.map((item: JsonValue, i) => expand(item, part, below(i), root, { file, inside }))
    if (!isJsonObject(value)) return value
    const { $ref, ...siblings } = value
    const expandAll = (entries: JsonObject): JsonObject =>
      Object.fromEntries(
        Object.entries(entries).map(([key, item]) => [
          key,
          expand(item, partAt(key, part), below(key), root, { file, inside }),
        ]),
      )
    if (typeof $ref !== 'string') return expandAll(value)
    const rest = expandAll(siblings)
    const found = target($ref, below('$ref'), root, file)
    if (found === 'own') return { ...rest, $ref }
    if (found === undefined) return rest
    if (inside.includes(found.id))
      return refuse(
        below('$ref'),
        `the schema refers to itself: ${[...inside, found.id].join(' -> ')}`,
        'use $defs inside one schema',
      )
    const written = expand(found.schema, 'schema', below('$ref'), found.schema, {
      file: found.file,
      inside: [...inside, found.id],
    })
    if (Object.keys(rest).length === 0) return named(written, found.id)
    const all = Array.isArray(rest['allOf']) ? (rest['allOf'] as readonly JsonValue[]) : []
    return { ...rest, allOf: [...all, named(written, found.id)] }
  }
  const written = expand(schema, 'schema', path, schema, { file: scope.file, inside: [] })
  return values > maximumValues ? undefined : written
}

/** A schema with references into itself keeps its own root wherever it is written out. */
function named(schema: JsonValue, id: string): JsonValue {
  if (!isJsonObject(schema) || '$id' in schema || !JSON.stringify(schema).includes('"$ref":"#'))
    return schema
  return { $id: `compozy:${encodeURIComponent(id)}`, ...schema }
}
