import type { Format } from '../exposition/write.ts'
import { kindsOf, labelSet, sampleNames, takesExemplar, untypedOf } from './kinds.ts'
import { readMetadata, readSample, Refusal } from './line.ts'

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
  readonly samples: readonly ParsedSample[]
  /** Line of its first mention, from 1. */
  readonly line: number
}

/** An exposition that could be read. */
export interface Parsed {
  readonly format: Format
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

interface Draft {
  readonly name: string
  readonly line: number
  readonly said: Partial<Record<'HELP' | 'TYPE' | 'UNIT', string>>
  readonly samples: ParsedSample[]
  /** Every series, and in OpenMetrics every label set that has been left. */
  readonly series: Set<string>
  readonly sets: Set<string>
  lastSet?: string
}

/** Families as they are read, line by line; what a line breaks is a Refusal. */
function createFamilies(format: Format) {
  const families = new Map<string, Draft>()
  /** The family that a name of samples belongs to. */
  const owners = new Map<string, Draft>()
  let current: Draft | undefined

  function draftFor(name: string, line: number): Draft {
    const found = families.get(name)
    if (found !== undefined && found !== current) {
      const began = `it began in line ${found.line}; ${current?.name} stands between`
      throw new Refusal(1, `the lines of ${name} must stand together; ${began}`)
    }
    const draft = found ?? { name, line, said: {}, samples: [], series: new Set(), sets: new Set() }
    families.set(name, draft)
    return (current = draft)
  }

  function claim(draft: Draft, kind: string, column: number): void {
    for (const name of sampleNames(format, kind, draft.name)) {
      const owner = owners.get(name)
      if (owner !== undefined && owner !== draft) {
        throw new Refusal(
          column,
          `${name} belongs to ${owner.name}, which began in line ${owner.line}`,
        )
      }
      owners.set(name, draft)
    }
  }

  function ownerOf(sample: string, line: number): Draft {
    const owner = owners.get(sample)
    if (owner !== undefined) return draftFor(owner.name, line)
    const kind = families.get(sample)?.said.TYPE
    if (kind !== undefined) {
      const names = sampleNames(format, kind, sample).join(', ')
      throw new Refusal(1, `${sample} is a ${kind}; its samples are named ${names}`)
    }
    const draft = draftFor(sample, line)
    claim(draft, untypedOf(format), 1)
    return draft
  }

  return {
    families,

    readMetadata(text: string, line: number): void {
      const metadata = readMetadata(text, format)
      if (metadata === undefined) return
      const { word, name, rest, restAt } = metadata
      const draft = draftFor(name, line)
      if (draft.said[word] !== undefined) throw new Refusal(1, `a second ${word} line for ${name}`)
      if (draft.samples.length > 0) {
        throw new Refusal(1, `the ${word} line of ${name} must stand before its samples`)
      }
      if (word === 'TYPE') {
        const kinds = kindsOf(format)
        if (!kinds.includes(rest))
          throw new Refusal(restAt, `"${rest}" is no type; types: ${kinds.join(', ')}`)
        if (format === 'openmetrics' && rest === 'counter' && name.endsWith('_total')) {
          throw new Refusal(
            restAt,
            'OpenMetrics names a counter without _total, and only its samples with it',
          )
        }
        claim(draft, rest, restAt)
      }
      if (word === 'UNIT' && rest !== '' && !name.endsWith(`_${rest}`)) {
        throw new Refusal(restAt, `the name must end in its unit: ${name}_${rest}`)
      }
      draft.said[word] = rest
    },

    readSample(text: string, line: number): void {
      const { name, labels, value, exemplarAt } = readSample(text, format)
      const draft = ownerOf(name, line)
      const kind = draft.said.TYPE ?? untypedOf(format)
      if (exemplarAt !== undefined && !takesExemplar(kind, name)) {
        throw new Refusal(exemplarAt, 'only counters and buckets have exemplars')
      }
      const series = `${name} ${labelSet(labels, { parts: 'apart' })}`
      if (draft.series.has(series)) throw new Refusal(1, 'the same series stands twice')
      draft.series.add(series)
      const set = labelSet(labels, { parts: 'joined' })
      if (format === 'openmetrics' && set !== draft.lastSet && draft.sets.has(set)) {
        throw new Refusal(1, 'the lines of one label set must stand together in OpenMetrics')
      }
      draft.sets.add(set)
      draft.lastSet = set
      draft.samples.push({ name, labels, value, line })
    },
  }
}

/**
 * Reads a text exposition (0.0.4) or an OpenMetrics 1.0 one; without `format` an `# EOF` tells them apart. Strict: what
 * a Prometheus server might let pass but the formats do not allow is refused, with its place.
 */
export function parseExposition(
  text: string,
  options: { format?: Format } = {},
): Parsed | ParseFailure {
  const lines = text.split('\n')
  const { format = lines.includes('# EOF') ? 'openmetrics' : 'text' } = options
  const openmetrics = format === 'openmetrics'
  const ended = lines.at(-1) === ''
  if (ended) lines.pop()
  const { families, readMetadata: readComment, readSample: readLine } = createFamilies(format)

  function read(line: string, number: number): void {
    const last = number === lines.length
    if (line.endsWith('\r'))
      throw new Refusal(line.length, 'a line ends with a line feed alone, not with CR LF')
    if (openmetrics && (line === '# EOF') !== last) {
      throw new Refusal(
        1,
        last ? 'OpenMetrics must end with # EOF: a part is missing' : '# EOF must be the last line',
      )
    }
    if (openmetrics && last) return
    if (openmetrics && line === '') throw new Refusal(1, 'OpenMetrics has no empty lines')
    if (/^[ \t]*$/.test(line)) return
    if (/^[ \t]*#/.test(line)) readComment(line, number)
    else readLine(line, number)
    if (!openmetrics && last && !ended) {
      throw new Refusal(
        line.length + 1,
        'the last line must end with a line feed: a part may be missing',
      )
    }
  }

  for (const [index, line] of lines.entries()) {
    try {
      read(line, index + 1)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return { line: index + 1, column: error.column, message: error.message, text: line }
    }
  }
  if (openmetrics && lines.length === 0) {
    return {
      line: 1,
      column: 1,
      message: 'OpenMetrics must end with # EOF: a part is missing',
      text: '',
    }
  }
  return {
    format,
    families: [...families.values()].map(({ name, said, samples, line }) => ({
      name,
      kind: said.TYPE ?? untypedOf(format),
      ...(said.HELP !== undefined && { help: said.HELP }),
      samples,
      line,
    })),
  }
}
