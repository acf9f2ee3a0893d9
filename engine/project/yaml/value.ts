import { isAlias, isMap, isScalar, isSeq, type Node } from 'yaml'
import { defined } from '../../core/defined.ts'
import { explainInexactNumber } from '../../core/exact-number.ts'
import type { JsonValue } from '../../core/json.ts'
import { keyText, type YamlTree } from './tree.ts'

/** Something wrong in a YAML text, between two offsets. */
export interface YamlProblem {
  readonly start: number
  readonly end: number
  readonly message: string
  readonly hint?: string
}

/** Values that a document may hold with its aliases written out: the bound on "billion laughs". */
const maximumValues = 100_000
const maximumDepth = 200

const quoteTemplates = `a template needs quotes: "{{ … }}", because YAML reads a bare { as a mapping`

const wholeCharacter = 'write both halves, as in "\\ud83d\\ude00", or the character itself'

/** Returns why JSON can't hold a number of YAML's core schema, or undefined if it can. */
function explainNumber(value: number, source: string): string | undefined {
  const literal = source.replace(/^\+/, '')
  if (/^-?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?$/i.test(literal))
    return explainInexactNumber(literal)
  if (!Number.isFinite(value)) return 'not a finite number'
  // 0x… and 0o… are whole numbers.
  if (Number.isSafeInteger(value)) return undefined
  return `the number ${source.slice(0, 40)} is too large to be exact; write it as text, in quotes, where text is allowed`
}

/** Converts one document; see {@link toJson}. */
class JsonConversion {
  readonly problems: YamlProblem[] = []
  readonly #tree: YamlTree
  readonly #text: string
  #values = 0

  constructor(tree: YamlTree, text: string) {
    this.#tree = tree
    this.#text = text
  }

  convert(node: Node | null, depth: number): JsonValue {
    this.#values++
    if (this.#values === maximumValues + 1)
      this.#report(node, `more than ${maximumValues} values in one file (through aliases?)`)
    if (this.#values > maximumValues) return null
    if (depth > maximumDepth) {
      const hint = 'an alias inside the value it stands for never ends'
      this.#report(node, `nested deeper than ${maximumDepth} levels`, hint)
      this.#values = maximumValues + 1
      return null
    }
    if (isAlias(node)) {
      const target = this.#tree.resolve(node)
      if (target !== node) return this.convert(target, depth + 1)
      const hint = 'an alias repeats a value marked with & further up'
      this.#report(node, `unknown alias *${node.source}`, hint)
      return null
    }
    if (isMap(node)) return this.#convertMap(node, depth)
    if (isSeq(node)) return node.items.map((item) => this.convert(item as Node | null, depth + 1))
    return isScalar(node) ? this.#convertScalar(node) : null
  }

  #report(node: Node | null | undefined, message: string, hint?: string): void {
    const [start = 0, end = start] = node?.range ?? []
    this.problems.push({ start, end, message, ...defined({ hint }) })
  }

  #convertScalar(node: Node & { readonly value: unknown; readonly source?: string }): JsonValue {
    const { value, source = String(value) } = node
    if (typeof value === 'boolean') return value
    if (typeof value === 'string') {
      if (!value.isWellFormed())
        this.#report(node, 'half of a surrogate pair, which is not a character', wholeCharacter)
      return value
    }
    if (typeof value !== 'number') return null
    const problem = explainNumber(value, source)
    if (problem === undefined) return value
    this.#report(node, problem)
    return null
  }

  #convertMap(
    node: Node & { readonly items: readonly { readonly key: unknown; readonly value: unknown }[] },
    depth: number,
  ): JsonValue {
    const entries = new Map<string, JsonValue>()
    for (const { key: keyNode, value } of node.items) {
      const key = this.#readKey(keyNode as Node | null, node)
      if (key === undefined) continue
      if (entries.has(key)) this.#report(keyNode as Node, `the key "${key}" is there twice`)
      else entries.set(key, this.convert(value as Node | null, depth + 1))
    }
    return Object.fromEntries(entries)
  }

  #readKey(keyNode: Node | null, map: Node): string | undefined {
    const key = keyText(keyNode)
    if (key === undefined) {
      const isBareTemplate = this.#text.startsWith('{{', map.range?.[0] ?? 0)
      if (isBareTemplate) this.#report(map, 'a mapping as a key', quoteTemplates)
      else this.#report(keyNode ?? map, 'a key must be text')
      return undefined
    }
    if (key === '<<') {
      const hint = 'repeat the keys, or use an alias for the whole value'
      this.#report(keyNode, 'merge keys (<<) are not part of YAML 1.2', hint)
      return undefined
    }
    if (isScalar(keyNode)) this.#convertScalar(keyNode)
    return key
  }
}

/**
 * Converts a parsed document to plain JSON, aliases written out. Reports and leaves out what JSON
 * can't hold exactly (keys that are not text, numbers, endless aliases).
 */
export function toJson(
  tree: YamlTree,
  text: string,
): { value: JsonValue; problems: readonly YamlProblem[] } {
  const conversion = new JsonConversion(tree, text)
  const value = conversion.convert(tree.root, 0)
  return { value, problems: conversion.problems }
}
