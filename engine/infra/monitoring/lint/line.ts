import { defined } from '../../../core/defined.ts'
import type { TextFormat } from '../exposition/format.ts'

/** A syntax error in a line, with its column from 1. */
export class Refusal extends Error {
  readonly column: number

  constructor(column: number, message: string) {
    super(message)
    this.column = column
  }
}

/** A parsed sample line. */
export interface SampleLine {
  readonly name: string
  readonly labels: ReadonlyMap<string, string>
  readonly value: number
  /** Column of its exemplar, if any. */
  readonly exemplarAt?: number
}

/** A parsed HELP, TYPE or UNIT line. */
export interface MetadataLine {
  readonly word: 'HELP' | 'TYPE' | 'UNIT'
  readonly name: string
  readonly rest: string
  /** Column of `rest`. */
  readonly restAt: number
}

const metricName = /[a-zA-Z_:][a-zA-Z0-9_:]*/y
const labelName = /[a-zA-Z_][a-zA-Z0-9_]*/y
const decimal = /[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?/iy
const number = /[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?)|nan/iy
const blank = / /y

/** Differences of the formats: OpenMetrics has fixed spaces and any escape. */
const rules = {
  text: {
    blanks: /[ \t]*/y,
    brace: /[ \t]*\{/y,
    gap: /[ \t]+/y,
    quoted: /"((?:[^"\\]|\\[\\"n])*)"/y,
    time: /-?\d+/y,
    timeName: 'a timestamp in whole milliseconds',
  },
  openmetrics: {
    blanks: /(?:)/y,
    brace: /\{/y,
    gap: blank,
    quoted: /"((?:[^"\\]|\\.)*)"/y,
    time: decimal,
    timeName: 'a timestamp in seconds',
  },
} as const

/** Maximum characters in the labels of an exemplar. */
export const exemplarLimit = 128

const unescape = (text: string): string =>
  text.replaceAll(/\\([\\"n])/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped))

const wholeNumber = new RegExp(`^(?:${number.source})$`, 'i')

/** Parses a number, with `Inf` and `NaN` in any case. Returns NaN for anything else. */
export function numberOf(text: string): number {
  if (!wholeNumber.test(text)) return NaN
  return Number(text.toLowerCase().replace(/inf(inity)?/, 'Infinity'))
}

/** Parses a sample line. Throws Refusal. */
export function readSample(text: string, format: TextFormat): SampleLine {
  const { blanks, brace, gap, quoted, time, timeName } = rules[format]
  let at = 0

  function take(rule: RegExp, expected: string): RegExpExecArray {
    rule.lastIndex = at
    const match = rule.exec(text)
    if (match === null) throw new Refusal(at + 1, expected)
    at = rule.lastIndex
    return match
  }
  const skipBlanks = (): unknown => take(blanks, '')

  function readLabels(): Map<string, string> {
    const labels = new Map<string, string>()
    brace.lastIndex = at
    if (!brace.test(text)) return labels
    at = brace.lastIndex
    skipBlanks()
    while (text[at] !== '}') {
      const start = at
      const [name] = take(labelName, 'a label must be name="value" here')
      if (name === '__name__')
        throw new Refusal(start + 1, 'the label __name__ is the name of the metric')
      if (labels.has(name)) throw new Refusal(start + 1, `the label ${name} is repeated`)
      skipBlanks()
      take(/=/y, `= must follow the label ${name}`)
      skipBlanks()
      const [, value = ''] = take(
        quoted,
        `the value of ${name} must be in double quotes, with \\ as escape`,
      )
      labels.set(name, unescape(value))
      skipBlanks()
      if (text[at] === '}') break
      take(/,/y, 'a comma or } must follow a label')
      skipBlanks()
      if (format === 'openmetrics' && text[at] === '}')
        throw new Refusal(at, 'no comma before } in OpenMetrics')
    }
    at++
    return labels
  }

  function readNumber(what: string): number {
    take(gap, `${what} must follow, after a space`)
    return numberOf(take(number, `${what} must be a number`)[0])
  }

  function readTime(): void {
    if (at === text.length || text.startsWith(' #', at)) return
    take(gap, 'only a timestamp may follow a value')
    take(time, `expected ${timeName} or the end of the line`)
  }

  function readExemplar(): number | undefined {
    if (!text.startsWith(' # {', at)) return undefined
    const start = (at += 3) + 1
    if (format === 'text') throw new Refusal(start - 2, 'only OpenMetrics has exemplars')
    const length = [...readLabels()].reduce(
      (sum, [name, value]) => sum + Array.from(name + value).length,
      0,
    )
    if (length > exemplarLimit) {
      throw new Refusal(
        start,
        `an exemplar's labels have at most ${exemplarLimit} characters; here ${length}`,
      )
    }
    readNumber("the exemplar's value")
    readTime()
    return start
  }

  skipBlanks()
  const [name] = take(metricName, 'a line must be a comment or start with a metric name')
  const labels = readLabels()
  const value = readNumber('a value')
  readTime()
  const exemplarAt = readExemplar()
  if (at < text.length) throw new Refusal(at + 1, 'unexpected text after the sample')
  return defined({ name, labels, value, exemplarAt })
}

/** Parses a line that starts with `#`. Undefined: a plain comment. Throws Refusal. */
export function readMetadata(text: string, format: TextFormat): MetadataLine | undefined {
  const open = format === 'openmetrics'
  const match = (open ? /^# (HELP|TYPE|UNIT)( |$)/ : /^[ \t]*#[ \t]*(HELP|TYPE)([ \t]+|$)/).exec(
    text,
  )
  if (match === null) {
    if (open) throw new Refusal(1, 'OpenMetrics has no comments but HELP, TYPE, UNIT and EOF')
    return undefined
  }
  const word = match[1] as MetadataLine['word']
  metricName.lastIndex = match[0].length
  const name = metricName.exec(text)?.[0]
  if (name === undefined)
    throw new Refusal(match[0].length + 1, `a metric name must follow ${word}`)
  const end = match[0].length + name.length
  const between = (open ? /^(?: |$)/ : /^(?:[ \t]+|$)/).exec(text.slice(end))
  if (between === null) throw new Refusal(end + 1, `a space must follow the name in a ${word} line`)
  const restAt = end + between[0].length
  const rest = text.slice(restAt)
  const wrong = word === 'HELP' && !open ? /(?:[^\\]|\\[\\n])*/.exec(rest)![0].length : rest.length
  if (wrong < rest.length)
    throw new Refusal(restAt + wrong + 1, String.raw`only \\ and \n are escapes of help`)
  return { word, name, rest, restAt: restAt + 1 }
}
