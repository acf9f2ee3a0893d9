import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
  type Document,
  type Node,
  type YAMLError,
} from 'yaml'
import type { JsonValue } from '../core/json.ts'
import type { Diagnostic, Path, Place, Source } from '../core/source.ts'
import { stringOffsets } from './yaml-offset.ts'
import { keyText, toJson, type YamlProblem } from './yaml-value.ts'

/** The largest YAML file that is read. */
const maximumBytes = 2 * 1024 * 1024

/** What the library says, in our words where its own would puzzle; the rest is clear enough as it is. */
const plainer: Readonly<Record<string, string>> = {
  MULTIPLE_DOCS: 'a file holds one YAML document; this starts a second one',
  BLOCK_AS_IMPLICIT_KEY: 'a ": " inside an unquoted text, or wrong indentation',
  MULTILINE_IMPLICIT_KEY: 'a key must be on one line, followed by ":"; is the indentation right?',
  TAB_AS_INDENT: 'a tab as indentation; YAML wants spaces',
}

const hints: Readonly<Record<string, string>> = {
  BLOCK_AS_IMPLICIT_KEY: 'put texts that contain ": " in quotes',
  BAD_SCALAR_START: 'put the text in quotes',
}

/** Lines of a text, and places in it. */
function readLines(file: string, text: string) {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  // A terminal would obey control characters; a mark in their place keeps the columns.
  const lineAt = (line: number): string =>
    text
      .slice(starts[line - 1], starts[line])
      .replace(/\r?\n$/, '')
      .replaceAll(/[^\P{Cc}\t]/gu, '\uFFFD')

  const placeOf = (start: number, end: number): Place => {
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if (starts[middle]! <= start) low = middle
      else high = middle - 1
    }
    const column = start - starts[low]! + 1
    const rest = lineAt(low + 1).slice(column - 1)
    const length = Math.max(1, Math.min(end - start, rest.trimEnd().length))
    return { file, line: low + 1, column, length }
  }
  return { placeOf, lineAt }
}

type Lines = ReturnType<typeof readLines>

function toDiagnostic(problem: YamlProblem, lines: Lines): Diagnostic {
  const place = lines.placeOf(problem.start, problem.end)
  return {
    severity: 'error',
    place,
    message: problem.message.replaceAll(/\p{Cc}+/gu, ' '),
    ...(problem.hint !== undefined && { hint: problem.hint }),
    excerpt: lines.lineAt(place.line),
  }
}

/** Where the underlined part of an error ends: the library often names only its first character. */
function endOf({ code, pos: [start, end] }: YAMLError, text: string): number {
  if (code === 'MULTIPLE_DOCS') return start + 3
  return code === 'DUPLICATE_KEY'
    ? start + /^(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^:\s]*)/.exec(text.slice(start))![0].length
    : Math.max(start + 1, end)
}

/** A node of the document with the key that it stands under. */
interface Found {
  readonly node: Node | null
  readonly key: Node | null
}

/** Follows a path as far as it leads. */
function find(document: Document, path: Path): { found: Found; complete: boolean } {
  let found: Found = { node: document.contents, key: null }
  const resolved = (node: Node | null) => (isAlias(node) ? (node.resolve(document) ?? node) : node)
  for (const step of path) {
    const node = resolved(found.node)
    let next: Found | undefined
    if (isMap(node)) {
      const pair = node.items.find((item) => keyText(item.key) === String(step))
      if (pair) next = { node: pair.value as Node | null, key: pair.key as Node }
    } else if (isSeq(node) && typeof step === 'number' && step < node.items.length)
      next = { node: node.items[step] as Node | null, key: null }
    if (next === undefined) return { found, complete: false }
    found = next
  }
  return { found, complete: true }
}

/** First character and end of what is underlined for a node: a scalar whole, a collection by its first key or item. */
function extentOf(node: Node): [start: number, end: number] {
  const [start = 0, end = start] = node.range ?? []
  if (isMap(node) && node.flow !== true) {
    const first = node.items[0]?.key as Node | undefined
    if (first?.range) return [first.range[0], first.range[1]]
  }
  return [start, end]
}

function createSource(
  file: string,
  text: string,
  document: Document,
  value: JsonValue,
  lines: Lines,
): Source {
  return {
    file,
    value,
    locate(path, at = {}) {
      const { found, complete } = find(document, path)
      const node = isAlias(found.node) ? (found.node.resolve(document) ?? found.node) : found.node
      if (at.key === true && complete && found.key?.range)
        return lines.placeOf(found.key.range[0], found.key.range[1])
      if (
        at.offset !== undefined &&
        complete &&
        isScalar(node) &&
        typeof node.value === 'string' &&
        node.range
      ) {
        const extent = { style: node.type, start: node.range[0], end: node.range[1] }
        const offsets = stringOffsets(text, node.value, extent)
        const last = offsets.length - 1
        const from = Math.min(at.offset, last)
        const to = Math.min(at.offset + Math.max(1, at.length ?? 1) - 1, last)
        return lines.placeOf(offsets[from]!, offsets[to]! + 1)
      }
      const empty = node === null || (isScalar(node) && node.range?.[0] === node.range?.[1])
      if (empty) {
        const [start = 0, end = start] = found.key?.range ?? node?.range ?? []
        return lines.placeOf(start, end)
      }
      return lines.placeOf(...extentOf(node))
    },
    lineAt: (place) => lines.lineAt(place.line),
  }
}

/**
 * Reads one YAML 1.2 document. Syntax errors, duplicate keys and whatever JSON can't hold come back as diagnostics;
 * `source` is there when the text could be read without any.
 *
 * @param file name of the file as messages should show it
 */
export function readSource(
  file: string,
  rawText: string,
): { readonly source?: Source; readonly diagnostics: readonly Diagnostic[] } {
  const text = rawText.replace(/^\uFEFF/, '')
  const lines = readLines(file, text)
  if (text.length > maximumBytes) {
    const message = `the file is larger than ${maximumBytes / 1024 / 1024} MiB`
    return { diagnostics: [toDiagnostic({ start: 0, end: 1, message }, lines)] }
  }
  const document = parseDocument(text, { version: '1.2', prettyErrors: false, logLevel: 'error' })
  const errors = [...document.errors, ...document.warnings]
  // What follows the first syntax error is mostly its echo; duplicate keys are each an error of their own.
  const told = errors.filter((error, i) => i === 0 || error.code === 'DUPLICATE_KEY')
  const syntax = told.map((error) => {
    const start = error.pos[0]
    const end = endOf(error, text)
    const message =
      error.code === 'DUPLICATE_KEY'
        ? `the key "${text.slice(start, end).replaceAll(/^["']|["']$/g, '')}" is there twice`
        : (plainer[error.code] ?? error.message)
    return {
      start,
      end,
      message,
      ...(hints[error.code] !== undefined && { hint: hints[error.code]! }),
    }
  })
  if (syntax.length > 0)
    return { diagnostics: syntax.map((problem) => toDiagnostic(problem, lines)) }
  const { value, problems } = toJson(document, text)
  if (problems.length > 0)
    return { diagnostics: problems.map((problem) => toDiagnostic(problem, lines)) }
  return { source: createSource(file, text, document, value, lines), diagnostics: [] }
}
