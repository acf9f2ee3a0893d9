import { isMap, isScalar, type Node, type YAMLError } from 'yaml'
import { defined } from '../../core/defined.ts'
import type { JsonValue } from '../../core/json.ts'
import type { Diagnostic, Source } from '../../core/source.ts'
import { decodeText } from '../files/bounded-file.ts'
import { explainYamlError } from './explain-error.ts'
import { createLines, type Lines } from './lines.ts'
import { parseTokens } from './parse-tokens.ts'
import { stringOffsets } from './string-offsets.ts'
import { scanYaml } from './scan.ts'
import { createYamlTree, type YamlTree } from './tree.ts'
import { toJson, type YamlProblem } from './value.ts'

/** The largest YAML file that is read. */
const maximumBytes = 2 * 1024 * 1024
const maximumSize = '2 MiB'

/** How many problems of one file are shown. */
const maximumProblems = 100

function toDiagnostic(problem: YamlProblem, lines: Lines): Diagnostic {
  const place = lines.placeOf(problem.start, problem.end)
  return {
    severity: 'error',
    place,
    message: problem.message.replaceAll(/\p{Cc}+/gu, ' '),
    ...defined({ hint: problem.hint }),
    excerpt: lines.lineAt(place.line),
  }
}

function toDiagnostics(problems: readonly YamlProblem[], lines: Lines): readonly Diagnostic[] {
  return problems.slice(0, maximumProblems).map((problem) => toDiagnostic(problem, lines))
}

/** Where the underlined part of an error ends: the library often names only its first character. */
function endOf({ code, pos: [start, end] }: YAMLError): number {
  return code === 'MULTIPLE_DOCS' ? start + 3 : Math.max(start + 1, end)
}

/** First character and end of what is underlined: a scalar whole, a collection by its first key. */
function extentOf(node: Node): [start: number, end: number] {
  const [start = 0, end = start] = node.range ?? []
  if (isMap(node) && node.flow !== true) {
    const first = node.items[0]?.key as Node | undefined
    if (first?.range) return [first.range[0], first.range[1]]
  }
  return [start, end]
}

/** Where a part of a string's value stands in the text; undefined if the node is no string. */
function partOfString(
  text: string,
  node: Node | null,
  part: { readonly offset: number; readonly length?: number | undefined },
): [start: number, end: number] | undefined {
  if (!isScalar(node) || typeof node.value !== 'string' || !node.range) return undefined
  const extent = { style: node.type, start: node.range[0], end: node.range[1] }
  const offsets = stringOffsets(text, node.value, extent)
  const last = offsets.length - 1
  const from = Math.min(part.offset, last)
  const to = Math.min(part.offset + Math.max(1, part.length ?? 1) - 1, last)
  return [offsets[from]!, offsets[to]! + 1]
}

function createSource(
  file: string,
  text: string,
  tree: YamlTree,
  value: JsonValue,
  lines: Lines,
): Source {
  return {
    file,
    value,
    locate(path, at = {}) {
      const { entry, isComplete } = tree.find(path)
      const node = tree.resolve(entry.node)
      if (at.key === true && isComplete && entry.key?.range)
        return lines.placeOf(entry.key.range[0], entry.key.range[1])
      if (at.offset !== undefined && isComplete) {
        const part = partOfString(text, node, { offset: at.offset, length: at.length })
        if (part !== undefined) return lines.placeOf(...part)
      }
      const empty = node === null || (isScalar(node) && node.range?.[0] === node.range?.[1])
      if (empty) {
        const [start = 0, end = start] = entry.key?.range ?? node?.range ?? []
        return lines.placeOf(start, end)
      }
      return lines.placeOf(...extentOf(node))
    },
    lineAt: (place) => lines.lineAt(place.line),
  }
}

/**
 * Returns the parser's errors in our words. Errors after the first syntax error are mostly its
 * echo.
 */
function toProblem(error: YAMLError): YamlProblem {
  const { message, hint } = explainYamlError(error)
  return {
    start: error.pos[0],
    end: endOf(error),
    message,
    ...defined({ hint }),
  }
}

/**
 * Reads one YAML 1.2 document. Returns its problems as diagnostics: syntax, directives, tags,
 * duplicate keys, values that JSON can't hold exactly. `source` is there if there are none.
 *
 * @param file name of the file as messages should show it
 * @param content undefined for a file that can't be read
 * @param why it can't be read
 */
export function readSource(
  file: string,
  content: string | Buffer | undefined,
  why?: string,
): { readonly source?: Source; readonly diagnostics: readonly Diagnostic[] } {
  const { text: rawText, badByte } =
    typeof content === 'string' ? { text: content } : decodeText(content ?? Buffer.alloc(0))
  const text = rawText.replace(/^\uFEFF/, '')
  const lines = createLines(file, text)
  const refuse = (message: string, start = 0, hint?: string) => ({
    diagnostics: [toDiagnostic({ start, end: start + 1, message, ...defined({ hint }) }, lines)],
  })
  if (content === undefined)
    return refuse(
      `the file can't be read${why === undefined ? '' : `: ${why}`}`,
      0,
      `a regular file of at most ${maximumSize}`,
    )
  if (text.length > maximumBytes) return refuse(`the file is larger than ${maximumSize}`)
  if (badByte !== undefined)
    return refuse('the file is not valid UTF-8', badByte, 'save the file as UTF-8')
  const { tokens, problems: outside } = scanYaml(text)
  if (outside.length > 0) return { diagnostics: toDiagnostics(outside, lines) }
  const document = parseTokens(tokens, text.length)
  const [first] = [...document.errors, ...document.warnings]
  if (first !== undefined) return { diagnostics: [toDiagnostic(toProblem(first), lines)] }
  const tree = createYamlTree(document)
  const { value, problems } = toJson(tree, text)
  if (problems.length > 0) return { diagnostics: toDiagnostics(problems, lines) }
  return { source: createSource(file, text, tree, value, lines), diagnostics: [] }
}
