import { isJsonObject, type JsonValue } from '../../core/json.ts'
import type { EvaluationBudget } from '../evaluate/budget.ts'
import { sortTexts } from '../evaluate/text-order.ts'
import { encodeUtf8 } from '../functions/utf8.ts'
import { formatNumber, numberType } from './number.ts'
import { quoteGo } from './quote.ts'
import { pad, type VerbOptions } from './verb.ts'

/** Go's name for the type of a JSON value. */
export function goType(value: Exclude<JsonValue, null>): string {
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'number') return numberType(value)
  if (typeof value === 'string') return 'string'
  return Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}'
}

/** Writes formatted text and counts it against the budget before it grows. */
export class FormatWriter {
  readonly budget: EvaluationBudget
  #text = ''

  constructor(budget: EvaluationBudget) {
    this.budget = budget
  }

  get text(): string {
    return this.#text
  }

  write(text: string): void {
    this.budget.makeText(this.#text.length + text.length, text.length)
    this.#text += text
  }
}

/** Writes one argument as Go's `printArg` does. */
export function writeArgument(
  value: JsonValue,
  verb: string,
  options: VerbOptions,
  out: FormatWriter,
): void {
  if (value === null && (verb === 'v' || verb === 'T')) out.write(pad('<nil>', options))
  else if (value !== null && verb === 'T')
    out.write(formatString(goType(value), 's', options, out)!)
  else if (typeof value === 'object' && value !== null && 'wp'.includes(verb))
    writeBadVerb(value, verb, options, out)
  else writeValue(value, verb, options, out, 0)
}

/** `%!d(string=hi)`: a verb that has no meaning for the value. */
function writeBadVerb(
  value: JsonValue,
  verb: string,
  options: VerbOptions,
  out: FormatWriter,
): void {
  if (value === null) return out.write(`%!${verb}(<nil>)`)
  out.write(`%!${verb}(${goType(value)}=`)
  writeValue(value, 'v', options, out, 0)
  out.write(')')
}

function writeValue(
  value: JsonValue,
  verb: string,
  options: VerbOptions,
  out: FormatWriter,
  depth: number,
): void {
  out.budget.charge(0.25)
  out.budget.enterLevel(depth)
  if (Array.isArray(value)) return writeList(value, verb, options, out, depth)
  if (isJsonObject(value)) return writeMap(value, verb, options, out, depth)
  if (value === null && depth > 0)
    return out.write(options.goSyntax ? 'interface {}(nil)' : '<nil>')
  const text = formatScalar(value as Exclude<JsonValue, object>, verb, options, out)
  if (text === undefined) writeBadVerb(value, verb, options, out)
  else out.write(text)
}

function writeList(
  items: readonly JsonValue[],
  verb: string,
  options: VerbOptions,
  out: FormatWriter,
  depth: number,
): void {
  out.write(options.goSyntax ? '[]interface {}{' : '[')
  for (const [at, item] of items.entries()) {
    if (at > 0) out.write(options.goSyntax ? ', ' : ' ')
    writeValue(item, verb, options, out, depth + 1)
  }
  out.write(options.goSyntax ? '}' : ']')
}

function writeMap(
  object: { readonly [key: string]: JsonValue },
  verb: string,
  options: VerbOptions,
  out: FormatWriter,
  depth: number,
): void {
  out.write(options.goSyntax ? 'map[string]interface {}{' : 'map[')
  for (const [at, key] of sortTexts(out.budget.keysOf(object), out.budget).entries()) {
    if (at > 0) out.write(options.goSyntax ? ', ' : ' ')
    writeValue(key, verb, options, out, depth + 1)
    out.write(':')
    writeValue(object[key]!, verb, options, out, depth + 1)
  }
  out.write(options.goSyntax ? '}' : ']')
}

function formatScalar(
  value: Exclude<JsonValue, object>,
  verb: string,
  options: VerbOptions,
  out: FormatWriter,
): string | undefined {
  if (typeof value === 'boolean')
    return verb === 't' || verb === 'v' ? pad(String(value), options) : undefined
  if (typeof value === 'number') {
    // Its digits are exact: a very small or large number has hundreds of them.
    out.budget.charge(2 + Math.abs(Math.log2(Math.abs(value) || 1)) / 12)
    return formatNumber(value, verb, options)
  }
  return typeof value === 'string' ? formatString(value, verb, options, out) : undefined
}

function formatString(
  value: string,
  verb: string,
  options: VerbOptions,
  { budget }: FormatWriter,
): string | undefined {
  const { precision, goSyntax } = options
  budget.readText(value.length, verb === 's' || verb === 'v' ? 1 : 64)
  if (verb === 'x' || verb === 'X') return hexOfText(value, verb, options)
  const shown = precision === undefined ? value : Array.from(value).slice(0, precision).join('')
  if (verb === 's' || (verb === 'v' && !goSyntax)) return pad(shown, options)
  return verb === 'q' || verb === 'v' ? pad(quoteText(shown, options), options) : undefined
}

/**
 * Reports whether text can stand between backquotes: no control characters of ASCII but the tab.
 */
function canBackquote(text: string): boolean {
  return Array.from(text).every(
    (character) => character === '\t' || (character >= ' ' && !'`\x7f\ufeff'.includes(character)),
  )
}

/** `%#q` quotes with backquotes where Go can. */
function quoteText(text: string, { sharp, plus }: VerbOptions): string {
  return sharp && canBackquote(text) ? `\`${text}\`` : quoteGo(text, '"', plus)
}

function hexOfText(text: string, verb: 'x' | 'X', options: VerbOptions): string {
  const { precision, space, sharp } = options
  const bytes = Array.from(encodeUtf8(text).subarray(0, precision), (byte) =>
    byte.toString(16).padStart(2, '0'),
  )
  if (bytes.length === 0) return pad('', options)
  const hex = verb === 'X' ? bytes.map((byte) => byte.toUpperCase()) : bytes
  const prefix = sharp ? `0${verb}` : ''
  return pad(space ? hex.map((byte) => prefix + byte).join(' ') : prefix + hex.join(''), options)
}
