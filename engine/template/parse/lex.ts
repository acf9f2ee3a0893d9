import { readNumber, readString } from './literals.ts'
import { TemplateSyntaxError } from './problem.ts'

/**
 * The smallest parts of an action. `spaced`: white space comes before it, so `.a .b` differs from
 * `.a.b`.
 */
export type Token = { readonly at: number; readonly length: number; readonly spaced: boolean } & (
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'word' | 'variable' | 'sign'; readonly text: string }
  /** `.name`; an empty name is the dot itself. */
  | { readonly kind: 'field'; readonly text: string }
)

/** A piece of a template: text, or an action. `at` and `end` include the braces. */
export type Segment =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'action'
      readonly at: number
      readonly end: number
      readonly tokens: readonly Token[]
    }

const space = /\s*/y
const word = /[\p{L}_][\p{L}\p{N}_]*/uy
const variable = /\$[\p{L}\p{N}_]*/uy
const field = /\.(?:[\p{L}\p{N}_][\p{L}\p{N}_-]*)?/uy
const number = /[+-]?\d(?:[eE][+-]\d|[\w.])*/y
const sign = /:=|[=|(),]/y
const operator = /==|!=|<=|>=|&&|\|\||[<>+*/%!?:-]/y

const operatorHints: Readonly<Record<string, string>> = {
  '==': 'write eq a b',
  '!=': 'write ne a b',
  '<': 'write lt a b',
  '>': 'write gt a b',
  '<=': 'write le a b',
  '>=': 'write ge a b',
  '&&': 'write and a b',
  '||': 'write or a b',
  '!': 'write not a',
  '+': 'write add a b',
  '-': 'write sub a b; "-}}" needs a space before it',
  '*': 'write mul a b',
  '/': 'write div a b',
  '%': 'write mod a b',
  '?': 'write ternary a b condition',
}

function matchAt(pattern: RegExp, source: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(source)?.[0]
}

/** Whether a trim marker needs and removes a character, as in Go: less than JavaScript's `\s`. */
function isSpace(character: string | undefined): boolean {
  return character === ' ' || character === '\t' || character === '\r' || character === '\n'
}

function trimLeft(text: string): string {
  let start = 0
  while (isSpace(text[start])) start++
  return text.slice(start)
}

function trimRight(text: string): string {
  let end = text.length
  while (isSpace(text[end - 1])) end--
  return text.slice(0, end)
}

/** Splits a template into text and actions, trims around `{{-` and `-}}`, and drops comments. */
export function lex(source: string): Segment[] {
  const segments: Segment[] = []
  let at = 0
  let trimNext = false
  for (;;) {
    const open = source.indexOf('{{', at)
    let text = source.slice(at, open === -1 ? source.length : open)
    if (trimNext) text = trimLeft(text)
    if (open === -1) {
      if (text !== '') segments.push({ kind: 'text', text })
      return segments
    }
    const trimBefore = source[open + 2] === '-' && isSpace(source[open + 3])
    if (trimBefore) text = trimRight(text)
    if (text !== '') segments.push({ kind: 'text', text })
    const start = open + (trimBefore ? 3 : 2)
    const comment = readComment(source, open, start)
    const { tokens, close } = comment ?? readTokens(source, open, start)
    at = close.end
    trimNext = close.trims
    if (comment === undefined) segments.push({ kind: 'action', at: open, end: close.end, tokens })
  }
}

interface ActionClose {
  readonly end: number
  readonly trims: boolean
}

/** Reads `}}` at this offset, or `-}}` after a space or at the start of the action. */
function readClose(source: string, at: number, start: number): ActionClose | undefined {
  if (source.startsWith('}}', at)) return { end: at + 2, trims: false }
  if ((isSpace(source[at - 1]) || at === start) && source.startsWith('-}}', at))
    return { end: at + 3, trims: true }
  return undefined
}

function readComment(
  source: string,
  open: number,
  start: number,
): { tokens: Token[]; close: ActionClose } | undefined {
  const begin = start + matchAt(space, source, start)!.length
  if (!source.startsWith('/*', begin)) return undefined
  const end = source.indexOf('*/', begin + 2)
  const gap = end === -1 ? 0 : matchAt(space, source, end + 2)!.length
  const close = end === -1 ? undefined : readClose(source, end + 2 + gap, start)
  if (close !== undefined) return { tokens: [], close }
  throw new TemplateSyntaxError({
    message: 'this comment is not closed',
    offset: open,
    length: (end === -1 ? source.length : end + 2) - open,
    hint: 'a comment needs an action of its own: {{/* text */}}',
  })
}

function readTokens(
  source: string,
  open: number,
  start: number,
): { tokens: Token[]; close: ActionClose } {
  const tokens: Token[] = []
  let at = start
  for (;;) {
    const gap = matchAt(space, source, at)!.length
    at += gap
    const close = readClose(source, at, start)
    if (close !== undefined) return { tokens, close }
    if (at >= source.length) {
      throw new TemplateSyntaxError({
        message: 'this action is not closed with "}}"',
        offset: open,
        length: source.length - open,
      })
    }
    const token = readToken(source, at, gap > 0 || at === start)
    tokens.push(token)
    at += token.length
  }
}

function readToken(source: string, at: number, spaced: boolean): Token {
  const character = source[at]!
  if (character === '"' || character === "'" || character === '`') {
    const { value, end } = readString(source, at)
    return { kind: 'string', value, at, length: end - at, spaced }
  }
  const digits = matchAt(number, source, at)
  if (digits !== undefined)
    return { kind: 'number', value: readNumber(digits, at), at, length: digits.length, spaced }
  const token = readName(source, at, spaced)
  if (token !== undefined) return token
  const unknown = matchAt(operator, source, at) ?? String.fromCodePoint(source.codePointAt(at)!)
  const instead = Object.hasOwn(operatorHints, unknown) ? operatorHints[unknown] : undefined
  throw new TemplateSyntaxError({
    message: `unexpected "${unknown}" in an expression`,
    offset: at,
    length: unknown.length,
    hint: instead === undefined ? undefined : `templates have functions, not operators: ${instead}`,
  })
}

const namePatterns = [
  ['word', word],
  ['variable', variable],
  ['field', field],
  ['sign', sign],
] as const

/** Reads a word, `$variable`, `.field` or sign; `undefined` for anything else. */
function readName(source: string, at: number, spaced: boolean): Token | undefined {
  if (source.startsWith('||', at) || source.startsWith('==', at)) return undefined
  for (const [kind, pattern] of namePatterns) {
    const text = matchAt(pattern, source, at)
    if (text === undefined) continue
    if (kind === 'field') requireSpaceBeforeTrim(source, at + text.length, text)
    const name = kind === 'field' ? text.slice(1) : text
    return { kind, text: name, at, length: text.length, spaced }
  }
  return undefined
}

/** `{{ .a-}}`: an id may end in `-`, so the trim marker needs a space. */
function requireSpaceBeforeTrim(source: string, end: number, field: string): void {
  if (!field.endsWith('-') || !source.startsWith('}}', end)) return
  throw new TemplateSyntaxError({
    message: '"-}}" needs a space before it',
    offset: end - 1,
    length: 3,
  })
}
