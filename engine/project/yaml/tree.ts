import { isAlias, isMap, isScalar, isSeq, type Alias, type Document, type Node } from 'yaml'
import type { Path } from '../../core/source.ts'

type YamlMap = Node & {
  readonly items: readonly { readonly key: unknown; readonly value: unknown }[]
}

/** A node of the document with its key. */
export interface YamlEntry {
  readonly node: Node | null
  readonly key: Node | null
}

/** A document whose aliases and keys are looked up in constant time. */
export interface YamlTree {
  readonly root: Node | null
  /** Returns the node of an alias; any other node unchanged. */
  resolve(node: Node | null): Node | null
  /** Follows a path as far as it leads. */
  find(path: Path): { readonly entry: YamlEntry; readonly isComplete: boolean }
}

/** A scalar key as text, as JSON would have it: `1` and `true` become "1" and "true". */
export function keyText(key: unknown): string | undefined {
  if (!isScalar(key)) return undefined
  const { value } = key
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined
}

/** Each alias with its node: the last one before it that has the anchor. */
function targetsOf(root: Node | null): ReadonlyMap<Alias, Node> {
  const targets = new Map<Alias, Node>()
  const anchors = new Map<string, Node>()
  const visit = (node: unknown): void => {
    if (isAlias(node)) {
      const target = anchors.get(node.source)
      if (target !== undefined) targets.set(node, target)
      return
    }
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) return
    if (node.anchor !== undefined) anchors.set(node.anchor, node)
    if (isSeq(node)) node.items.forEach(visit)
    if (isMap(node))
      for (const { key, value } of node.items) {
        visit(key)
        visit(value)
      }
  }
  visit(root)
  return targets
}

/** Prepares a parsed document for look-ups. */
export function createYamlTree({ contents: root }: Document): YamlTree {
  const targets = targetsOf(root)
  const indexes = new Map<YamlMap, ReadonlyMap<string, YamlEntry>>()
  const resolve = (node: Node | null): Node | null =>
    isAlias(node) ? (targets.get(node) ?? node) : node

  const indexOf = (map: YamlMap): ReadonlyMap<string, YamlEntry> => {
    const known = indexes.get(map)
    if (known !== undefined) return known
    const entries = map.items.flatMap(({ key, value }) => {
      const text = keyText(key)
      const entry = { node: value as Node | null, key: key as Node }
      return text === undefined ? [] : [[text, entry] as const]
    })
    const index = new Map(entries)
    indexes.set(map, index)
    return index
  }

  const step = (node: Node | null, key: string | number): YamlEntry | undefined => {
    if (isMap(node)) return indexOf(node).get(String(key))
    if (!isSeq(node) || typeof key !== 'number' || key >= node.items.length) return undefined
    return { node: node.items[key] as Node | null, key: null }
  }

  return {
    root,
    resolve,
    find(path) {
      let entry: YamlEntry = { node: root, key: null }
      for (const key of path) {
        const next = step(resolve(entry.node), key)
        if (next === undefined) return { entry, isComplete: false }
        entry = next
      }
      return { entry, isComplete: true }
    },
  }
}
