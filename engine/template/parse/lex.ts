import { readNumber, readString } from './literals.ts'
import { TemplateSyntaxError } from './problem.ts'

/** The smallest parts of an action. `spaced`: whitespace stands before it, so that `.a .b` differs from `.a.b`. */
export type Token = { readonly at: number; readonly length: number; readonly spaced: boolean } & (
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'word' | 'variable' | 'sign'; readonly text: string }
  /** `.name`; with an empty name the dot itself. */
  | { readonly kind: 'field'; readonly text: string }
)

/** A template cut into what is written out and what is done. `at`/`end`: the whole action with its braces. */
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
  '-': 'write sub a b; before "}}" it needs a space',
  '*': 'write mul a b',
  '/': 'write div a b',
  '%': 'write mod a b',
  '?': 'write ternary a b condition',
}

function matchAt(pattern: RegExp, source: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(source)?.[0]
}

/** Cuts a template into text and actions, trims around `{{-` and `-}}`, and drops comments. */
export function lex(source: string): Segment[] {
  const segments: Segment[] = []
  let at = 0
  let trimNext = false
  for (;;) {
    const open = source.indexOf('{{', at)
    let text = source.slice(at, open === -1 ? source.length : open)
    if (trimNext) text = text.trimStart()
    if (open === -1) {
      if (text !== '') segments.push({ kind: 'text', text })
      return segments
    }
    const trimBefore = source[open + 2] === '-' && /\s/.test(source[open + 3] ?? '')
    if (trimBefore) text = text.trimEnd()
    if (text !== '') segments.push({ kind: 'text', text })
    const start = open + (trimBefore ? 3 : 2)
    const comment = readComment(source, open, start)
    const { tokens, close } = comment ?? readTokens(source, open, start)
    at = close.end
    trimNext = close.trims
    if (comment === undefined) segments.push({ kind: 'action', at: open, end: close.end, tokens })
  }
}

interface Close {
  readonly end: number
  readonly trims: boolean
}

/** `}}` at this place, or ` -}}` where whitespace stands before it. */
function readClose(source: string, at: number, spaced: boolean): Close | undefined {
  if (source.startsWith('}}', at)) return { end: at + 2, trims: false }
  if (spaced && source.startsWith('-}}', at)) return { end: at + 3, trims: true }
  return undefined
}

function readComment(
  source: string,
  open: number,
  start: number,
): { tokens: Token[]; close: Close } | undefined {
  const begin = start + matchAt(space, source, start)!.length
  if (!source.startsWith('/*', begin)) return undefined
  const end = source.indexOf('*/', begin + 2)
  const gap = end === -1 ? 0 : matchAt(space, source, end + 2)!.length
  const close = end === -1 ? undefined : readClose(source, end + 2 + gap, gap > 0)
  if (close !== undefined) return { tokens: [], close }
  throw new TemplateSyntaxError({
    message: 'this comment is not closed',
    offset: open,
    length: (end === -1 ? source.length : end + 2) - open,
    hint: 'a comment is an action of its own: {{/* text */}}',
  })
}

function readTokens(
  source: string,
  open: number,
  start: number,
): { tokens: Token[]; close: Close } {
  const tokens: Token[] = []
  let at = start
  for (;;) {
    const gap = matchAt(space, source, at)!.length
    at += gap
    const close = readClose(source, at, gap > 0 || at === start)
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
  if (digits !== undefined) {
    const value = readNumber(digits)
    if (value !== undefined) return { kind: 'number', value, at, length: digits.length, spaced }
    throw new TemplateSyntaxError({
      message: `"${digits}" is no number`,
      offset: at,
      length: digits.length,
    })
  }
  for (const [kind, pattern] of [
    ['word', word],
    ['variable', variable],
    ['field', field],
    ['sign', sign],
  ] as const) {
    const text = matchAt(pattern, source, at)
    if (text === undefined || source.startsWith('||', at) || source.startsWith('==', at)) continue
    if (kind === 'field' && text.endsWith('-') && source.startsWith('}}', at + text.length)) {
      throw new TemplateSyntaxError({
        message: '"-}}" needs a space before it',
        offset: at + text.length - 1,
        length: 3,
      })
    }
    return { kind, text: kind === 'field' ? text.slice(1) : text, at, length: text.length, spaced }
  }
  const unknown = matchAt(operator, source, at) ?? String.fromCodePoint(source.codePointAt(at)!)
  const hint = Object.hasOwn(operatorHints, unknown) ? operatorHints[unknown] : undefined
  throw new TemplateSyntaxError({
    message: `unexpected "${unknown}" in an expression`,
    offset: at,
    length: unknown.length,
    ...(hint !== undefined && { hint: `templates have functions, not operators: ${hint}` }),
  })
}
