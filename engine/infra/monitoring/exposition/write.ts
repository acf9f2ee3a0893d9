import type { DataPointType, MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { dataPointTypes } from '../instruments/data-model.ts'
import type { PointExtras } from '../instruments/producer.ts'
import type { Exemplar } from '../instruments/slots.ts'
import type { TextFormat } from './format.ts'
import { isCounter, openMetricsName, unitOf, type Attributes, type Piece } from './samples.ts'

/** Lines per piece; the event loop is free between pieces. */
const linesPerPiece = 500

function number(value: number): string {
  if (value === Infinity) return '+Inf'
  if (value === -Infinity) return '-Inf'
  return String(value)
}

/** OpenMetrics requires bounds as canonical floats: 1.0, not 1. */
const bound = (value: number, format: TextFormat): string => {
  const text = number(value)
  return format === 'openmetrics' && /^-?\d+$/.test(text) ? `${text}.0` : text
}

const escapeValue = (text: string): string =>
  /[\\"\n]/.test(text)
    ? text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
    : text
const escapeHelp = (text: string, format: TextFormat): string => {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
  return format === 'openmetrics' ? escaped.replaceAll('"', '\\"') : escaped
}

function labelText(attributes: Attributes): string {
  return Object.entries(attributes)
    .map(([name, value]) => `${name}="${escapeValue(String(value))}"`)
    .join(',')
}

const kinds: Readonly<Partial<Record<DataPointType, string>>> = {
  [dataPointTypes.sum]: 'counter',
  [dataPointTypes.gauge]: 'gauge',
  [dataPointTypes.histogram]: 'histogram',
}

function header(metric: MetricData, format: TextFormat): string {
  const openmetrics = format === 'openmetrics'
  const { description, name } = metric.descriptor
  const kind =
    metric.dataPointType === dataPointTypes.sum && !metric.isMonotonic
      ? 'gauge'
      : (kinds[metric.dataPointType] ?? 'unknown')
  const family = openmetrics ? openMetricsName(metric) : name
  const unit = openmetrics ? unitOf(metric) : ''
  const unitLine = unit === '' ? '' : `# UNIT ${family} ${unit}\n`
  const help = description === '' ? '' : `# HELP ${family} ${escapeHelp(description, format)}\n`
  return `${help}# TYPE ${family} ${kind}\n${unitLine}`
}

/** Reports whether the points of a family say when they were 0. */
const hasCreated = (metric: MetricData): boolean =>
  isCounter(metric) || metric.dataPointType === dataPointTypes.histogram

/** Seconds with milliseconds. */
const seconds = (ms: number): string => (ms / 1_000).toFixed(3)

/** Returns the end of a sample line that has an exemplar. */
function exemplarText(exemplar: Exemplar | undefined): string {
  if (exemplar === undefined) return ''
  const { labels, value, at } = exemplar
  return ` # {${labelText(labels)}} ${number(value)} ${seconds(at)}`
}

/** Options of the text formats. */
export interface TextOptions {
  /** Write a `_created` sample beside each counter and histogram in OpenMetrics. */
  readonly createdSamples: boolean
}

/** Writes expositions in pieces, between which the caller may yield to the event loop. */
export interface TextWriter {
  write(metrics: ResourceMetrics, format: TextFormat): Iterable<Piece>
}

/**
 * Creates a writer that caches the text of labels and bounds by their objects: a series keeps them
 * from one collection to the next. Families without series are left out, and so are the scope and
 * target labels of OpenTelemetry.
 */
export function createTextWriter(options: TextOptions): TextWriter {
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

  function boundsOf(boundaries: readonly number[], format: TextFormat): readonly string[] {
    let texts = boundTexts[format].get(boundaries)
    if (texts === undefined) {
      texts = [...boundaries.filter(Number.isFinite), Infinity].map(
        (upper) => `le="${bound(upper, format)}"} `,
      )
      boundTexts[format].set(boundaries, texts)
    }
    return texts
  }

  /** Writes one series and returns its text and the number of its samples. */
  function seriesOf(
    metric: MetricData,
    point: MetricData['dataPoints'][number] & PointExtras,
    format: TextFormat,
  ): { text: string; samples: number } {
    const { name } = metric.descriptor
    const { attributes, value } = point
    const labels = labelsOf(attributes)
    const braces = labels === '' ? '' : `{${labels}}`
    const exemplars = format === 'openmetrics' ? point.exemplars : undefined
    let text = ''
    let samples = 0
    if (typeof value === 'number') {
      text = `${name}${braces} ${number(value)}${exemplarText(exemplars?.[0])}\n`
      samples = 1
    } else if ('buckets' in value) {
      const { boundaries, counts } = value.buckets
      const before = labels === '' ? `${name}_bucket{` : `${name}_bucket{${labels},`
      let below = 0
      for (const [index, le] of boundsOf(boundaries, format).entries()) {
        below += counts[index] ?? 0
        text += `${before}${le}${below}${exemplarText(exemplars?.[index])}\n`
      }
      text += `${name}_sum${braces} ${number(value.sum ?? 0)}\n${name}_count${braces} ${value.count}\n`
      samples = boundaries.length + 3
    }
    if (options.createdSamples && format === 'openmetrics' && hasCreated(metric)) {
      const [created, nanos] = point.startTime
      text += `${openMetricsName(metric)}_created${braces} ${seconds(created * 1_000 + nanos / 1e6)}\n`
      samples++
    }
    return { text, samples }
  }

  function* write({ scopeMetrics }: ResourceMetrics, format: TextFormat): Generator<Piece> {
    let text = ''
    let samples = 0
    for (const metric of scopeMetrics.flatMap(({ metrics }) => metrics)) {
      if (metric.dataPoints.length === 0) continue
      if (metric.dataPointType === dataPointTypes.exponentialHistogram) continue
      text += header(metric, format)
      for (const point of metric.dataPoints) {
        const series = seriesOf(metric, point, format)
        text += series.text
        samples += series.samples
        if (samples < linesPerPiece) continue
        yield { chunk: text, samples }
        text = ''
        samples = 0
      }
    }
    yield { chunk: format === 'openmetrics' ? `${text}# EOF\n` : text, samples }
  }

  return { write }
}
