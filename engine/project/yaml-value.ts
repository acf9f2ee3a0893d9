import { isAlias, isMap, isScalar, isSeq, type Document, type Node } from 'yaml'
import type { JsonValue } from '../core/json.ts'

/** Something wrong in a YAML text, between two offsets. */
export interface YamlProblem {
  readonly start: number
  readonly end: number
  readonly message: string
  readonly hint?: string
}

/** Values a document may hold once its aliases are written out; the bound that keeps "billion laughs" small. */
const maximumValues = 100_000
const maximumDepth = 200

const quoteTemplates = `a template needs quotes: "{{ … }}", because YAML reads a bare { as a mapping`

/** A scalar key as text, as JSON would have it: `1` and `true` become "1" and "true". */
export function keyText(key: unknown): string | undefined {
  if (!isScalar(key)) return undefined
  const { value } = key
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined
}

/**
 * A parsed document as plain JSON, aliases written out. What JSON can't hold (keys that are no text, infinite numbers,
 * tags, endless aliases) is reported and left out.
 */
export function toJson(
  document: Document,
  text: string,
): { value: JsonValue; problems: YamlProblem[] } {
  const problems: YamlProblem[] = []
  let values = 0
  const report = (node: Node | null | undefined, message: string, hint?: string) => {
    const [start = 0, end = start] = node?.range ?? []
    problems.push({ start, end, message, ...(hint !== undefined && { hint }) })
  }

  const mapping = (
    node: Node & { items: readonly { key: unknown; value: unknown }[] },
    depth: number,
  ) => {
    const entries = new Map<string, JsonValue>()
    for (const pair of node.items) {
      const key = keyText(pair.key)
      const keyNode = pair.key as Node | null
      if (key === undefined) {
        const bareTemplate = text.startsWith('{{', node.range?.[0] ?? 0)
        if (bareTemplate) report(node, 'a mapping as a key', quoteTemplates)
        else report(keyNode ?? node, 'a key must be text')
      } else if (key === '<<') {
        report(
          keyNode,
          'merge keys (<<) are not part of YAML 1.2',
          'repeat the keys, or use an alias for the whole value',
        )
      } else if (entries.has(key)) {
        report(keyNode, `the key "${key}" is there twice`)
      } else entries.set(key, convert(pair.value as Node | null, depth + 1))
    }
    return Object.fromEntries(entries)
  }

  const convert = (node: Node | null, depth: number): JsonValue => {
    values++
    if (values === maximumValues + 1)
      report(node, `more than ${maximumValues} values in one file (through aliases?)`)
    if (values > maximumValues) return null
    if (depth > maximumDepth) {
      report(
        node,
        `nested deeper than ${maximumDepth} levels`,
        'an alias inside the value it stands for never ends',
      )
      values = maximumValues + 1
      return null
    }
    if (isAlias(node)) {
      const target = node.resolve(document)
      if (target !== undefined) return convert(target, depth + 1)
      report(
        node,
        `unknown alias *${node.source}`,
        'an alias repeats a value marked with & further up',
      )
      return null
    }
    if (isMap(node)) return mapping(node, depth)
    if (isSeq(node)) return node.items.map((item) => convert(item as Node | null, depth + 1))
    if (!isScalar(node)) return null
    const { value } = node
    if (typeof value === 'number' && !Number.isFinite(value)) {
      report(node, 'not a finite number')
      return null
    }
    return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
      ? value
      : null
  }

  return { value: convert(document.contents, 0), problems }
}
