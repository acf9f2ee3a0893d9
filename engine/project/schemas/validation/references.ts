import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts'

/** A schema with the root that its references start from. */
export interface RootedSchema {
  readonly schema: JsonValue
  readonly root: JsonValue
}

function findAnchor(node: JsonValue, name: string): JsonValue | undefined {
  if (typeof node !== 'object' || node === null) return undefined
  if (isJsonObject(node) && (node['$anchor'] === name || node['$id'] === `#${name}`)) return node
  for (const item of Object.values(node)) {
    const found = findAnchor(item, name)
    if (found !== undefined) return found
  }
  return undefined
}

function follow(root: JsonValue, pointer: string): JsonValue | undefined {
  let value: JsonValue | undefined = root
  for (const raw of pointer.split('/').slice(1)) {
    const step = decodeStep(raw)
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
    value = (value as JsonObject)[step]
  }
  return value
}

function decodeStep(raw: string): string {
  const step = raw.replaceAll('~1', '/').replaceAll('~0', '~')
  try {
    return decodeURIComponent(step)
  } catch {
    return step
  }
}

/** Enters a schema: one with an `$id` of its own becomes the root of its references. */
export function enter(schema: JsonValue, root: JsonValue): RootedSchema {
  const id = isJsonObject(schema) ? schema['$id'] : undefined
  const isRoot = typeof id === 'string' && !id.startsWith('#')
  return { schema, root: isRoot ? schema : root }
}

/**
 * Follows the `$ref` of a schema inside its own document; `undefined` if it has none or leads out.
 */
export function followReference({ schema, root }: RootedSchema): RootedSchema | undefined {
  const reference = isJsonObject(schema) ? schema['$ref'] : undefined
  if (typeof reference !== 'string' || !reference.startsWith('#')) return undefined
  const target =
    reference === '#' || reference.startsWith('#/')
      ? follow(root, reference)
      : findAnchor(root, reference.slice(1))
  return target === undefined ? undefined : enter(target, root)
}
