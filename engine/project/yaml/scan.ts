import { Lexer } from 'yaml'
import type { YamlProblem } from './value.ts'

/** Levels that a file may nest. The parser is recursive, so deeper ones must not reach it. */
const maximumNesting = 200

/** Keys and values that a file may have: what bounds the time that reading it takes. */
const maximumScalars = 25_000

/** Signs beside them: `:`, `-`, `&anchor`, comments and the like. */
const maximumSigns = 60_000
const sign = /^[#&*:?,-]/

/** Problems that end the scan. */
const maximumProblems = 20

/** The lexer's mark before a plain or block scalar. */
const scalarMark = '\u001f'

/** Counts how deep the tokens of a text nest, in block and in flow style. */
function createNesting() {
  /** Columns of the blocks around the current token. */
  const blocks: number[] = []
  let flow = 0
  let isFresh = true
  return {
    /** Takes the next token and returns the depth there. */
    take(token: string, column: number, isScalar: boolean): number {
      if (token.includes('\n')) isFresh = true
      else if (!isScalar && (token === '[' || token === '{')) flow++
      else if (!isScalar && (token === ']' || token === '}')) flow = Math.max(0, flow - 1)
      else if (flow === 0 && isFresh && token.trim() !== '') {
        while (blocks.length > 0 && blocks.at(-1)! >= column) blocks.pop()
        blocks.push(column)
        isFresh = token === '-' || token === '?'
      }
      return blocks.length + flow
    },
  }
}

/** Counts the scalars and signs of a text, up to what a file may have. */
function createSize() {
  let scalars = 0
  let signs = 0
  return {
    /** A plain or block scalar begins. */
    scalar: (): void => void scalars++,
    /** Takes a token that is no plain or block scalar. */
    take(token: string): void {
      if (token.startsWith('"') || token.startsWith("'")) scalars++
      if (sign.test(token)) signs++
    },
    /** What the text has too many of. */
    excess(): string | undefined {
      if (scalars > maximumScalars) return `more than ${maximumScalars} keys and values in one file`
      if (signs > maximumSigns)
        return `more than ${maximumSigns} comments, dashes, colons and anchors in one file`
      return undefined
    },
  }
}

/** What a token outside YAML 1.2's core schema is, as message and hint. */
function unsupported(token: string): readonly [message: string, hint: string] | undefined {
  if (token.startsWith('%'))
    return ['YAML directives are not supported', 'remove the line; a file is YAML 1.2']
  if (token.startsWith('!'))
    return [`the tag ${token} is not supported`, 'remove it; text in quotes stays text']
  return undefined
}

/** What YAML 1.2 does not print. A byte order mark at the start of the file is cut before. */
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const unprintable = /[\u0000-\u0008\v\f\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufeff\ufffe\uffff]/g

/** Reports invisible characters, which a reader of the file takes for nothing. */
function findUnprintable(text: string): YamlProblem[] {
  const problems: YamlProblem[] = []
  unprintable.lastIndex = 0
  while (problems.length < maximumProblems) {
    const found = unprintable.exec(text)
    if (found === null) break
    const code = found[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')
    problems.push({
      start: found.index,
      end: found.index + 1,
      message: `the invisible character U+${code} is not allowed in YAML`,
      hint: `remove it, or write \\u${code} in a text in double quotes`,
    })
  }
  return problems
}

/** The tokens of a text, and what must not reach the parser. */
export interface YamlScan {
  /** Complete only if there are no problems. */
  readonly tokens: readonly string[]
  readonly problems: readonly YamlProblem[]
}

/**
 * Reads the tokens of a text. Reports what must not reach the parser: directives and tags, which
 * are outside YAML 1.2's core schema, and nesting that would overflow its stack.
 */
export function scanYaml(text: string): YamlScan {
  const tokens: string[] = []
  const problems = findUnprintable(text)
  const nesting = createNesting()
  const size = createSize()
  let offset = 0
  let lineStart = 0
  let isScalar = false
  const problem = (token: string, message: string, hint: string): YamlProblem => ({
    start: offset,
    end: offset + token.trimEnd().length,
    message,
    hint,
  })
  const end = (...last: readonly YamlProblem[]): YamlScan => ({
    tokens,
    problems: last.length > 0 ? last : problems,
  })
  for (const token of new Lexer().lex(text)) {
    tokens.push(token)
    if (token === scalarMark) {
      isScalar = true
      size.scalar()
      continue
    }
    // Other marks of the lexer have no width.
    if (token === '\u0002' || token === '\u0018') continue
    const refused = isScalar ? undefined : unsupported(token)
    if (refused !== undefined) problems.push(problem(token, ...refused))
    if (nesting.take(token, offset - lineStart, isScalar) > maximumNesting) {
      const message = `nested deeper than ${maximumNesting} levels`
      return end(problem(token, message, 'split the file, or nest less'))
    }
    if (!isScalar) size.take(token)
    const excess = size.excess()
    if (excess !== undefined) return end(problem(token, excess, 'split it into several workflows'))
    if (problems.length >= maximumProblems) return end()
    offset += token.length
    const lineBreak = token.lastIndexOf('\n')
    if (lineBreak >= 0) lineStart = offset - token.length + lineBreak + 1
    isScalar = false
  }
  return end()
}
