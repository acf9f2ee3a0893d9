/** One sample line. */
export interface ParsedSample {
  readonly name: string
  readonly labels: ReadonlyMap<string, string>
  readonly value: number
  readonly line: number
}

/** One family of an exposition, with what was said of it. */
export interface ParsedFamily {
  /** Name of its TYPE line; in OpenMetrics a counter's without `_total`. */
  readonly name: string
  readonly kind: string
  readonly help?: string
  readonly unit?: string
  readonly samples: ParsedSample[]
  /** Line of its first mention, from 1. */
  readonly line: number
}

/** An exposition that could be read. */
export interface Parsed {
  readonly format: 'text' | 'openmetrics'
  readonly families: readonly ParsedFamily[]
}

/** What makes a text no exposition: a line, a column and the reason. */
export interface ParseFailure {
  /** From 1. */
  readonly line: number
  readonly column: number
  readonly message: string
  readonly text: string
}

const kinds = ['counter', 'gauge', 'histogram', 'summary', 'untyped', 'unknown', 'info', 'stateset']
const suffixes = ['_bucket', '_sum', '_count', '_total', '_created', '_info']
const nameRule = /[a-zA-Z_:][a-zA-Z0-9_:]*/y
const labelRule = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"/y
/** Value, and perhaps a timestamp and (OpenMetrics) an exemplar. */
const restRule =
  / ([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|[+-]?Inf|NaN)( -?\d+(?:\.\d+)?)?( # \{.*\} .+)?$/y

const numberOf = (text: string): number => Number(text.replace('Inf', 'Infinity'))
const unescape = (text: string): string =>
  text.replaceAll(/\\([\\"n])/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped))

class Refusal extends Error {
  readonly column: number

  constructor(column: number, message: string) {
    super(message)
    this.column = column
  }
}

function readLabels(text: string, from: number): { labels: Map<string, string>; end: number } {
  const labels = new Map<string, string>()
  let at = from + 1
  while (text[at] !== '}') {
    labelRule.lastIndex = at
    const match = labelRule.exec(text)
    if (match === null) throw new Refusal(at + 1, 'a label must be name="value" here')
    const [whole, name, value] = match
    if (labels.has(name!)) throw new Refusal(at + 1, `the label ${name} stands twice in one sample`)
    labels.set(name!, unescape(value!))
    at += whole.length
    if (text[at] === ',') at++
    else if (text[at] !== '}') throw new Refusal(at + 1, 'a comma or } must follow a label')
  }
  return { labels, end: at + 1 }
}

function readSample(text: string, line: number): ParsedSample {
  nameRule.lastIndex = 0
  const name = nameRule.exec(text)?.[0]
  if (name === undefined) throw new Refusal(1, 'a line must be a comment or begin with the name of a metric')
  const { labels, end } =
    text[name.length] === '{'
      ? readLabels(text, name.length)
      : { labels: new Map<string, string>(), end: name.length }
  restRule.lastIndex = end
  const value = restRule.exec(text)?.[1]
  if (value === undefined) throw new Refusal(end + 1, 'a value must follow, after one space')
  return { name, labels, value: numberOf(value), line }
}

/** The family that a sample belongs to: its own name, or what is left without a suffix. */
function familyFor<F extends { readonly name: string }>(
  families: ReadonlyMap<string, F>,
  name: string,
): F | undefined {
  const own = families.get(name)
  if (own !== undefined) return own
  const suffix = suffixes.find((end) => name.endsWith(end) && families.has(name.slice(0, -end.length)))
  return suffix === undefined ? undefined : families.get(name.slice(0, -suffix.length))
}

interface Draft {
  readonly name: string
  kind?: string
  help?: string
  unit?: string
  readonly samples: ParsedSample[]
  readonly seen: Set<string>
  readonly line: number
}

/**
 * Reads a text exposition (0.0.4) or an OpenMetrics 1.0 one, which its `# EOF` tells apart. Strict: what a Prometheus
 * server might let pass but the formats do not allow is refused, with its place.
 */
export function parseExposition(text: string): Parsed | ParseFailure {
  const lines = text.split('\n')
  const last = lines.pop()
  const openmetrics = lines.at(-1) === '# EOF'
  const families = new Map<string, Draft>()
  let current: Draft | undefined
  const draftFor = (name: string, line: number): Draft => {
    let draft = families.get(name)
    if (draft !== undefined && draft !== current) {
      throw new Refusal(1, `the lines of ${name} must stand together; it began in line ${draft.line}`)
    }
    if (draft === undefined) {
      draft = { name, samples: [], seen: new Set(), line }
      families.set(name, draft)
    }
    return (current = draft)
  }

  function readComment(line: string, number: number): void {
    const [, word, name, rest = ''] = /^# (HELP|TYPE|UNIT) (\S+)(?: (.*))?$/.exec(line) ?? []
    if (word === undefined || name === undefined) return
    const draft = draftFor(name, number)
    const key = word === 'HELP' ? 'help' : word === 'TYPE' ? 'kind' : 'unit'
    if (draft[key] !== undefined) throw new Refusal(3, `a second ${word} line for ${name}`)
    if (draft.samples.length > 0)
      throw new Refusal(3, `the ${word} line of ${name} must stand before its samples`)
    if (key === 'kind' && !kinds.includes(rest)) throw new Refusal(8 + name.length, `"${rest}" is no type`)
    draft[key] = rest
  }

  function readLine(line: string, number: number): void {
    if (line === '' || line === '# EOF') {
      if (line === '' && openmetrics) throw new Refusal(1, 'OpenMetrics has no empty lines')
      if (line !== '' && number !== lines.length) throw new Refusal(1, '# EOF must be the last line')
      return
    }
    if (line.startsWith('#')) return readComment(line, number)
    const sample = readSample(line, number)
    const draft = draftFor(familyFor(families, sample.name)?.name ?? sample.name, number)
    const labels = [...sample.labels].toSorted(([a], [b]) => (a < b ? -1 : 1))
    const series = JSON.stringify([sample.name, labels])
    if (draft.seen.has(series)) throw new Refusal(1, 'the same series stands twice')
    draft.seen.add(series)
    draft.samples.push(sample)
  }

  for (const [index, line] of lines.entries()) {
    try {
      readLine(line, index + 1)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return { line: index + 1, column: error.column, message: error.message, text: line }
    }
  }
  if (last !== '') {
    return {
      line: lines.length + 1,
      column: 1,
      message: 'the last line must end with a line feed',
      text: last ?? '',
    }
  }
  return {
    format: openmetrics ? 'openmetrics' : 'text',
    families: [...families.values()].map(({ name, kind = 'untyped', help, unit, samples, line }) => ({
      name,
      kind,
      ...(help !== undefined && { help }),
      ...(unit !== undefined && { unit }),
      samples,
      line,
    })),
  }
}
