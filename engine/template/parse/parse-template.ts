import type { TemplateIr } from '../ir.ts'
import { lex, type Segment } from './lex.ts'
import { TemplateSyntaxError } from './problem.ts'
import type { Binding, Block, Expression, Statement } from './syntax-tree.ts'
import {
  type ActionCursor,
  declare,
  expectEnd,
  is,
  maximumDepth,
  parseBinding,
  parsePipeline,
  peek,
  syntaxError,
} from './parse-expression.ts'

/** Characters of one template. */
const maximumLength = 500_000

/** Reports whether a string holds a template. */
export function hasTemplate(text: string): boolean {
  return text.includes('{{')
}

/**
 * Compiles one string with `{{ … }}` (Go's text/template syntax) to plain JSON. `checkTemplate`
 * checks the names in it.
 * @param place `file:line:column` of the string, kept for errors at run time
 * @throws TemplateSyntaxError with offsets into `text`
 *
 * @example parseTemplate('{{ .input.name | upper }}', 'orders.yaml:4:11')
 */
export function parseTemplate(text: string, place: string): TemplateIr {
  if (text.length > maximumLength) {
    const message = `a template has at most ${maximumLength} characters; this one has ${text.length}`
    throw new TemplateSyntaxError({ message, offset: 0, length: 2 })
  }
  const reader: TemplateReader = { segments: lex(text), next: 0, variables: [], depth: 0, loops: 0 }
  const { body } = parseBlock(reader, undefined)
  return { place, source: text, body }
}

/** The rest of a template, and the state of the parser. */
interface TemplateReader {
  readonly segments: readonly Segment[]
  next: number
  readonly variables: string[]
  depth: number
  loops: number
}

/** A block up to `end`, `else` (its cursor is after that word) or the end of the text. */
interface ReadBlock {
  readonly body: Block
  readonly otherwise?: ActionCursor
}

/** Reads statements up to `end` or `else`. `opener` is the action that opened the block. */
function parseBlock(reader: TemplateReader, opener: ActionCursor | undefined): ReadBlock {
  const body: Statement[] = []
  const known = reader.variables.length
  for (;;) {
    const segment = reader.segments[reader.next++]
    if (segment === undefined) {
      if (opener === undefined) return { body }
      const word = opener.tokens[0]!
      throw syntaxError(opener, word, 'this block is not closed', 'close it with {{ end }}')
    }
    if (segment.kind === 'text') {
      body.push(['text', segment.text])
      continue
    }
    const cursor: ActionCursor = { ...segment, next: 0, variables: reader.variables }
    const first = peek(cursor)
    if (is(first, 'word', 'end') || is(first, 'word', 'else')) {
      const text = is(first, 'word', 'end') ? 'end' : 'else'
      if (opener === undefined) throw syntaxError(cursor, first, `"${text}" without a block`)
      cursor.next++
      reader.variables.length = known
      if (text === 'else') return { body, otherwise: cursor }
      expectEnd(cursor)
      return { body }
    }
    body.push(parseAction(reader, cursor))
  }
}

function parseAction(reader: TemplateReader, cursor: ActionCursor): Statement {
  const first = peek(cursor)
  if (first === undefined) throw syntaxError(cursor, undefined, 'this action is empty')
  if (first.kind === 'word') {
    switch (first.text) {
      case 'if':
      case 'with':
      case 'range':
        cursor.next++
        return parseControl(reader, cursor, first.text)
      case 'break':
      case 'continue':
        cursor.next++
        expectEnd(cursor)
        if (reader.loops === 0) throw syntaxError(cursor, first, `"${first.text}" outside of range`)
        return [first.text]
      case 'define':
      case 'template':
      case 'block':
        throw syntaxError(
          cursor,
          first,
          `"${first.text}" is not supported`,
          'each string is a template of its own',
        )
    }
  }
  const { binding, value } = parseBound(cursor, 1)
  return binding === undefined ? ['out', value] : ['set', binding, value]
}

/** Reads an action's pipeline with the variables that it sets. */
function parseBound(
  cursor: ActionCursor,
  most: 1 | 2,
): { binding: Binding | undefined; value: Expression } {
  const binding = parseBinding(cursor, most)
  const value = parsePipeline(cursor)
  expectEnd(cursor)
  declare(cursor, binding)
  return { binding, value }
}

/** Reads `if`, `with` or `range` from after its word to its `end`, where its variables end. */
function parseControl(
  reader: TemplateReader,
  cursor: ActionCursor,
  kind: 'if' | 'with' | 'range',
): Statement {
  if (reader.depth >= maximumDepth)
    throw syntaxError(cursor, cursor.tokens[0], `blocks nest deeper than ${maximumDepth} levels`)
  const known = reader.variables.length
  const { binding = null, value } = parseBound(cursor, kind === 'range' ? 2 : 1)
  reader.depth++
  if (kind === 'range') reader.loops++
  const { body, otherwise } = parseBlock(reader, cursor)
  if (kind === 'range') reader.loops--
  const rest = otherwise === undefined ? [] : parseElse(reader, otherwise, kind)
  reader.depth--
  reader.variables.length = known
  return [kind, binding, value, body, rest]
}

function parseElse(
  reader: TemplateReader,
  cursor: ActionCursor,
  kind: 'if' | 'with' | 'range',
): Block {
  const word = peek(cursor)
  if (word === undefined) {
    const { body, otherwise } = parseBlock(reader, cursor)
    if (otherwise !== undefined)
      throw syntaxError(otherwise, otherwise.tokens[0], 'a second "else" in one block')
    // An else with nothing in it is still an else: range takes it for a missing list.
    return body.length === 0 ? [['text', '']] : body
  }
  if (kind !== 'range' && is(word, 'word', kind)) {
    cursor.next++
    return [parseControl(reader, cursor, kind)]
  }
  const hint = kind === 'range' ? undefined : `after else only "${kind}" may follow`
  throw syntaxError(cursor, word, 'unexpected words after "else"', hint)
}
