import { DataPointType, type MetricData, type ResourceMetrics } from '@opentelemetry/sdk-metrics'

/** The exposition formats. */
export type Format = 'text' | 'openmetrics'

/** Content types of the formats. */
export const contentTypes = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
} as const satisfies Record<Format, string>

/** Lines per piece; the event loop is free between pieces. */
const linesPerPiece = 500

function number(value: number): string {
  if (value === Infinity) return '+Inf'
  if (value === -Infinity) return '-Inf'
  return String(value)
}

/** OpenMetrics requires bounds as canonical floats: 1.0, not 1. */
const bound = (value: number, format: Format): string => {
  const text = number(value)
  return format === 'openmetrics' && /^-?\d+$/.test(text) ? `${text}.0` : text
}

const escapeValue = (text: string): string =>
  /[\\"\n]/.test(text)
    ? text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
    : text
const escapeHelp = (text: string, format: Format): string => {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
  return format === 'openmetrics' ? escaped.replaceAll('"', '\\"') : escaped
}

/** The labels of a series. */
export type Attributes = MetricData['dataPoints'][number]['attributes']

function labelText(attributes: Attributes): string {
  return Object.entries(attributes)
    .map(([name, value]) => `${name}="${escapeValue(String(value))}"`)
    .join(',')
}

const kinds: Readonly<Partial<Record<DataPointType, string>>> = {
  [DataPointType.SUM]: 'counter',
  [DataPointType.GAUGE]: 'gauge',
  [DataPointType.HISTOGRAM]: 'histogram',
}

function header(metric: MetricData, name: string, format: Format): string {
  const { description, unit } = metric.descriptor
  const kind =
    metric.dataPointType === DataPointType.SUM && !metric.isMonotonic
      ? 'gauge'
      : (kinds[metric.dataPointType] ?? 'unknown')
  const family = format === 'openmetrics' && kind === 'counter' ? name.replace(/_total$/, '') : name
  const unitLine =
    format === 'openmetrics' && unit !== '' && family.endsWith(`_${unit}`)
      ? `# UNIT ${family} ${unit}\n`
      : ''
  const help = description === '' ? '' : `# HELP ${family} ${escapeHelp(description, format)}\n`
  return `${help}# TYPE ${family} ${kind}\n${unitLine}`
}

/** A part of an exposition. */
export interface Piece {
  readonly text: string
  /** Number of samples in the text. */
  readonly samples: number
}

/** Writes expositions in pieces, between which the caller may yield to the event loop. */
export interface ExpositionWriter {
  write(metrics: ResourceMetrics, format: Format): Iterable<Piece>
}

/**
 * Creates a writer that caches the text of labels and bounds by their objects: a series keeps them
 * from one collection to the next. Families without series are left out, and so are the scope and
 * target labels of OpenTelemetry.
 */
export function createWriter(): ExpositionWriter {
  const labelTexts = new WeakMap<Attributes, string>()
  const boundTexts = {
    text: new WeakMap<object, string[]>(),
    openmetrics: new WeakMap<object, string[]>(),
  }

  function labelsOf(attributes: Attributes): string {
    let text = labelTexts.get(attributes)
    if (text === undefined) {
      text = labelText(attributes)
      labelTexts.set(attributes, text)
    }
    return text
  }

  function boundsOf(boundaries: readonly number[], format: Format): readonly string[] {
    let texts = boundTexts[format].get(boundaries)
    if (texts === undefined) {
      texts = [...boundaries.filter(Number.isFinite), Infinity].map(
        (upper) => `le="${bound(upper, format)}"} `,
      )
      boundTexts[format].set(boundaries, texts)
    }
    return texts
  }

  function* write({ scopeMetrics }: ResourceMetrics, format: Format): Generator<Piece> {
    let text = ''
    let samples = 0
    for (const { metrics } of scopeMetrics) {
      for (const metric of metrics) {
        if (metric.dataPoints.length === 0) continue
        const counter = metric.dataPointType === DataPointType.SUM && metric.isMonotonic
        const given = metric.descriptor.name
        const name = counter && !given.endsWith('_total') ? `${given}_total` : given
        text += header(metric, name, format)
        if (metric.dataPointType === DataPointType.EXPONENTIAL_HISTOGRAM) continue
        for (const { attributes, value } of metric.dataPoints) {
          const labels = labelsOf(attributes)
          const braces = labels === '' ? '' : `{${labels}}`
          if (typeof value === 'number') {
            text += `${name}${braces} ${number(value)}\n`
            samples++
          } else if ('boundaries' in value.buckets) {
            const { boundaries, counts } = value.buckets
            const before = labels === '' ? `${name}_bucket{` : `${name}_bucket{${labels},`
            let below = 0
            for (const [index, le] of boundsOf(boundaries, format).entries()) {
              below += counts[index] ?? 0
              text += `${before}${le}${below}\n`
            }
            text += `${name}_sum${braces} ${number(value.sum ?? 0)}\n${name}_count${braces} ${value.count}\n`
            samples += boundaries.length + 3
          }
          if (samples >= linesPerPiece) {
            yield { text, samples }
            text = ''
            samples = 0
          }
        }
      }
    }
    yield { text: format === 'openmetrics' ? `${text}# EOF\n` : text, samples }
  }

  return { write }
}
