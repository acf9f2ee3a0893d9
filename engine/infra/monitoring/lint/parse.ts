import { defined } from '../../../core/defined.ts'
import type { Format, TextFormat } from '../exposition/format.ts'
import { kindsOf, labelSet, sampleNames, takesExemplar, untypedOf } from './kinds.ts'
import { readMetadata, readSample, Refusal } from './line.ts'
import type { NativeSample } from './native.ts'

/** One sample. */
export interface ParsedSample {
  readonly name: string
  readonly labels: ReadonlyMap<string, string>
  readonly value: number
  /** Its line, from 1; 0 in protobuf. */
  readonly line: number
  /** Its native histogram, if it is one. */
  readonly native?: NativeSample
}

/** One family of an exposition. */
export interface ParsedFamily {
  /** Name of its TYPE line; in OpenMetrics a counter's without `_total`. */
  readonly name: string
  readonly kind: string
  readonly help?: string
  readonly samples: readonly ParsedSample[]
  /** Line of its first mention, from 1; 0 in protobuf. */
  readonly line: number
}

/** A valid exposition. */
export interface Parsed {
  readonly format: Format
  readonly families: readonly ParsedFamily[]
}

/** Where and why a text is not an exposition. */
export interface ParseFailure {
  /** From 1. */
  readonly line: number
  readonly column: number
  readonly message: string
  readonly text: string
}

interface FamilyDraft {
  readonly name: string
  readonly line: number
  readonly metadata: Partial<Record<'HELP' | 'TYPE' | 'UNIT', string>>
  readonly samples: ParsedSample[]
  /** Every series, and in OpenMetrics every finished label set. */
  readonly series: Set<string>
  readonly sets: Set<string>
  lastSet?: string
}

/** Collects families line by line. Throws Refusal. */
function createFamilies(format: TextFormat) {
  const families = new Map<string, FamilyDraft>()
  /** The family of each sample name. */
  const owners = new Map<string, FamilyDraft>()
  let current: FamilyDraft | undefined

  function draftFor(name: string, line: number): FamilyDraft {
    const found = families.get(name)
    if (found !== undefined && found !== current) {
      const began = `it started in line ${found.line}, and ${current?.name} is in between`
      throw new Refusal(1, `the lines of ${name} must be contiguous; ${began}`)
    }
    const draft = found ?? {
      name,
      line,
      metadata: {},
      samples: [],
      series: new Set(),
      sets: new Set(),
    }
    families.set(name, draft)
    return (current = draft)
  }

  function claim(draft: FamilyDraft, kind: string, column: number): void {
    for (const name of sampleNames(format, kind, draft.name)) {
      const owner = owners.get(name)
      if (owner !== undefined) {
        throw new Refusal(
          column,
          `${name} belongs to ${owner.name}, which started in line ${owner.line}`,
        )
      }
      owners.set(name, draft)
    }
  }

  function ownerOf(sample: string, line: number): FamilyDraft {
    const owner = owners.get(sample)
    if (owner !== undefined) return draftFor(owner.name, line)
    const kind = families.get(sample)?.metadata.TYPE
    if (kind !== undefined) {
      const names = sampleNames(format, kind, sample).join(', ')
      throw new Refusal(1, `${sample} is a ${kind}; its samples must be named ${names}`)
    }
    const draft = draftFor(sample, line)
    claim(draft, untypedOf(format), 1)
    return draft
  }

  return {
    families,

    readMetadata(text: string, line: number): void {
      const parsed = readMetadata(text, format)
      if (parsed === undefined) return
      const { word, name, rest, restAt } = parsed
      const draft = draftFor(name, line)
      if (draft.metadata[word] !== undefined)
        throw new Refusal(1, `a second ${word} line for ${name}`)
      if (draft.samples.length > 0) {
        throw new Refusal(1, `the ${word} line of ${name} must precede its samples`)
      }
      if (word === 'TYPE') {
        const kinds = kindsOf(format)
        if (!kinds.includes(rest))
          throw new Refusal(restAt, `"${rest}" is not a type; allowed: ${kinds.join(', ')}`)
        if (format === 'openmetrics' && rest === 'counter' && name.endsWith('_total')) {
          throw new Refusal(restAt, 'in OpenMetrics only the samples of a counter end in _total')
        }
        claim(draft, rest, restAt)
      }
      if (word === 'UNIT' && rest !== '' && !name.endsWith(`_${rest}`)) {
        throw new Refusal(restAt, `the name must end in its unit: ${name}_${rest}`)
      }
      draft.metadata[word] = rest
    },

    readSample(text: string, line: number): void {
      const { name, labels, value, exemplarAt } = readSample(text, format)
      const draft = ownerOf(name, line)
      const kind = draft.metadata.TYPE ?? untypedOf(format)
      if (exemplarAt !== undefined && !takesExemplar(kind, name)) {
        throw new Refusal(exemplarAt, 'only counters and buckets have exemplars')
      }
      const series = `${name} ${labelSet(labels, { parts: 'apart' })}`
      if (draft.series.has(series)) throw new Refusal(1, 'the series is repeated')
      draft.series.add(series)
      const set = labelSet(labels, { parts: 'joined' })
      if (format === 'openmetrics' && set !== draft.lastSet && draft.sets.has(set)) {
        throw new Refusal(1, 'the lines of one label set must be contiguous in OpenMetrics')
      }
      draft.sets.add(set)
      draft.lastSet = set
      draft.samples.push({ name, labels, value, line })
    },
  }
}

/**
 * Parses an exposition in text format 0.0.4 or OpenMetrics 1.0; without `format`, `# EOF` decides.
 * Strict: everything that the format forbids is refused with its place, even where Prometheus is
 * lenient.
 */
export function parseExposition(
  text: string,
  options: { format?: TextFormat } = {},
): Parsed | ParseFailure {
  const lines = text.split('\n')
  const { format = lines.includes('# EOF') ? 'openmetrics' : 'text' } = options
  const openmetrics = format === 'openmetrics'
  const ended = lines.at(-1) === ''
  if (ended) lines.pop()
  const { families, readMetadata: readComment, readSample: readLine } = createFamilies(format)

  function read(line: string, number: number): void {
    const last = number === lines.length
    if (line.endsWith('\r')) throw new Refusal(line.length, 'a line must end with LF, not CR LF')
    if (openmetrics && (line === '# EOF') !== last) {
      throw new Refusal(
        1,
        last
          ? 'OpenMetrics must end with # EOF; the text is incomplete'
          : '# EOF must be the last line',
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
        'the last line must end with LF; the text may be incomplete',
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
      message: 'OpenMetrics must end with # EOF; the text is incomplete',
      text: '',
    }
  }
  return {
    format,
    families: [...families.values()].map(({ name, metadata, samples, line }) =>
      defined({
        name,
        kind: metadata.TYPE ?? untypedOf(format),
        help: metadata.HELP,
        samples,
        line,
      }),
    ),
  }
}
