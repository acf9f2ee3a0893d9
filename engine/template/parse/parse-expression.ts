import type { Token } from './lex.ts'
import type { Binding, Expression } from './syntax-tree.ts'
import { TemplateSyntaxError } from './problem.ts'

/** How deep parentheses and blocks may nest: deeper ones could exhaust the stack. */
export const maximumDepth = 100

const literals = new Set(['true', 'false', 'nil'])
const keywords = new Set([
  'if',
  'else',
  'end',
  'range',
  'with',
  'break',
  'continue',
  'define',
  'template',
  'block',
])

/** The tokens of one action, read from left to right. */
export interface ActionCursor {
  readonly tokens: readonly Token[]
  next: number
  /** The whole action, for errors at its end. */
  readonly at: number
  readonly end: number
  /** Names of the declared variables, outermost first. `$` always exists. */
  readonly variables: string[]
}

/** Returns the token at the cursor; `undefined` at the end of the action. */
export function peek(cursor: ActionCursor, ahead = 0): Token | undefined {
  return cursor.tokens[cursor.next + ahead]
}

/** Reports whether the token is this sign or word. */
export function is(token: Token | undefined, kind: 'sign' | 'word', text: string): boolean {
  return token?.kind === kind && token.text === text
}

/** Returns an error at a token, or at the end of the action without one. */
export function syntaxError(
  cursor: ActionCursor,
  token: Token | undefined,
  message: string,
  hint?: string,
): TemplateSyntaxError {
  return new TemplateSyntaxError({
    message,
    offset: token?.at ?? Math.max(cursor.at, cursor.end - 2),
    length: token?.length ?? 2,
    hint,
  })
}

/** @throws TemplateSyntaxError unless the action ends here */
export function expectEnd(cursor: ActionCursor): void {
  const token = peek(cursor)
  if (token !== undefined) throw syntaxError(cursor, token, `unexpected ${show(token)}`)
}

function show(token: Token): string {
  switch (token.kind) {
    case 'string':
    case 'number':
      return JSON.stringify(token.value)
    case 'field':
      return `".${token.text}"`
    default:
      return `"${token.text}"`
  }
}

/**
 * Reads `$x := …`, `$x = …` or, for range, `$i, $x := …`; returns `undefined` for any other start.
 * {@link declare} declares the variables after the pipeline is read, which does not see them.
 */
export function parseBinding(cursor: ActionCursor, most: 1 | 2): Binding | undefined {
  const names: string[] = []
  let ahead = 0
  for (;;) {
    const name = peek(cursor, ahead)
    if (name?.kind !== 'variable') return undefined
    names.push(name.text)
    const sign = peek(cursor, ahead + 1)
    ahead += 2
    if (is(sign, 'sign', ',') && names.length < most) continue
    const declares = is(sign, 'sign', ':=')
    if (!declares && !is(sign, 'sign', '=')) return undefined
    if (names.includes('$')) throw syntaxError(cursor, name, '"$" is the root and can\'t be set')
    if (!declares) for (const known of names) requireVariable(cursor, known, name)
    cursor.next += ahead
    return [names, declares]
  }
}

/** Declares a binding's variables for what follows. */
export function declare(cursor: ActionCursor, binding: Binding | undefined): void {
  if (binding?.[1] === true) cursor.variables.push(...binding[0])
}

function requireVariable(cursor: ActionCursor, name: string, token: Token): void {
  if (name === '$' || cursor.variables.includes(name)) return
  const hint = `declare it first: {{ ${name} := … }}`
  throw syntaxError(cursor, token, `unknown variable "${name}"`, hint)
}

/**
 * Reads operands and calls joined by `|`; each value becomes the last argument of the next call.
 */
export function parsePipeline(cursor: ActionCursor, depth = 0): Expression {
  let value = parseCommand(cursor, undefined, depth)
  while (is(peek(cursor), 'sign', '|')) {
    cursor.next++
    value = parseCommand(cursor, value, depth)
  }
  return value
}

/** Reads one stage of a pipeline: a function with its arguments, or a single operand. */
function parseCommand(
  cursor: ActionCursor,
  piped: Expression | undefined,
  depth: number,
): Expression {
  const first = peek(cursor)
  const isFunction =
    first?.kind === 'word' && !literals.has(first.text) && !keywords.has(first.text)
  if (isFunction) {
    cursor.next++
    const args: Expression[] = []
    while (startsOperand(peek(cursor))) args.push(parseOperand(cursor, depth))
    if (piped !== undefined) args.push(piped)
    return ['call', first.text, args, first.at]
  }
  if (piped !== undefined) {
    throw syntaxError(cursor, first, '"|" needs the name of a function after it')
  }
  const operand = parseOperand(cursor, depth)
  const extra = peek(cursor)
  if (startsOperand(extra)) {
    const hint = 'a call starts with the name of a function: {{ default "x" .a }}'
    throw syntaxError(cursor, extra, `unexpected ${show(extra!)} after a value`, hint)
  }
  return operand
}

function startsOperand(token: Token | undefined): boolean {
  return token !== undefined && (token.kind !== 'sign' || token.text === '(')
}

function parseOperand(cursor: ActionCursor, depth: number): Expression {
  const token = peek(cursor)
  const before = cursor.tokens[cursor.next - 1]
  if (token === undefined) throw syntaxError(cursor, token, 'a value is missing here')
  if (!token.spaced && before !== undefined && !(before.kind === 'sign' && before.text !== ')')) {
    throw syntaxError(cursor, token, `unexpected ${show(token)}`, 'values are separated by spaces')
  }
  cursor.next++
  return chain(cursor, operandOf(cursor, token, depth))
}

function operandOf(cursor: ActionCursor, token: Token, depth: number): Expression {
  switch (token.kind) {
    case 'string':
    case 'number':
      return ['lit', token.value, token.at, token.length]
    case 'variable':
      requireVariable(cursor, token.text, token)
      return ['var', token.text, token.at]
    case 'field':
      if (/^\d+$/.test(token.text)) {
        const hint = `write 0.${token.text} for the number, index . ${token.text} for the item`
        throw syntaxError(cursor, token, `".${token.text}" could be a number or an item`, hint)
      }
      return token.text === ''
        ? ['dot', token.at]
        : ['path', ['dot', token.at], [token.text], token.at]
    case 'word':
      if (token.text === 'nil') return ['lit', null, token.at, token.length]
      if (token.text === 'true' || token.text === 'false')
        return ['lit', token.text === 'true', token.at, token.length]
      if (keywords.has(token.text))
        throw syntaxError(cursor, token, `"${token.text}" needs an action of its own`)
      return ['call', token.text, [], token.at]
    case 'sign':
      return parseParentheses(cursor, token, depth)
  }
}

function parseParentheses(cursor: ActionCursor, open: Token, depth: number): Expression {
  if (!is(open, 'sign', '(')) throw syntaxError(cursor, open, `unexpected ${show(open)}`)
  if (depth >= maximumDepth)
    throw syntaxError(cursor, open, `parentheses nest deeper than ${maximumDepth} levels`)
  const value = parsePipeline(cursor, depth + 1)
  const close = peek(cursor)
  if (!is(close, 'sign', ')')) {
    if (close === undefined) throw syntaxError(cursor, open, 'this parenthesis is not closed')
    throw syntaxError(cursor, close, `unexpected ${show(close)}`)
  }
  cursor.next++
  return value
}

/** Reads `.b.c` directly after a value. */
function chain(cursor: ActionCursor, base: Expression): Expression {
  let result = base
  for (;;) {
    const token = peek(cursor)
    if (token?.kind !== 'field' || token.spaced) return result
    const before = cursor.tokens[cursor.next - 1]!
    const readable =
      before.kind === 'field' || before.kind === 'variable' || is(before, 'sign', ')')
    if (!readable || token.text === '' || base[0] === 'dot')
      throw syntaxError(cursor, token, `unexpected ${show(token)}`)
    cursor.next++
    result =
      result[0] === 'path'
        ? ['path', result[1], [...result[2], token.text], result[3]]
        : ['path', result, [token.text], token.at]
  }
}
