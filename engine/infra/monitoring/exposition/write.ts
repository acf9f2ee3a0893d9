import { DataPointType, type MetricData, type ResourceMetrics } from '@opentelemetry/sdk-metrics'

/** The two formats that are served. */
export type Format = 'text' | 'openmetrics'

/** Content types of the formats. */
export const contentTypes = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
} as const satisfies Record<Format, string>

const number = (value: number): string =>
  value === Infinity ? '+Inf' : value === -Infinity ? '-Inf' : Number.isNaN(value) ? 'NaN' : String(value)

/** OpenMetrics wants bounds as canonical floats: 1.0, not 1. */
const bound = (value: number, format: Format): string => {
  const text = number(value)
  return format === 'openmetrics' && /^-?\d+$/.test(text) ? `${text}.0` : text
}

const escapeValue = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
const escapeHelp = (text: string, format: Format): string => {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
  return format === 'openmetrics' ? escaped.replaceAll('"', '\\"') : escaped
}

function labelText(attributes: Readonly<Record<string, unknown>>): string {
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
    format === 'openmetrics' && unit !== '' && family.endsWith(`_${unit}`) ? `# UNIT ${family} ${unit}\n` : ''
  const help = description === '' ? '' : `# HELP ${family} ${escapeHelp(description, format)}\n`
  return `${help}# TYPE ${family} ${kind}\n${unitLine}`
}

function writeMetric(metric: MetricData, format: Format): string {
  const counter = metric.dataPointType === DataPointType.SUM && metric.isMonotonic
  const given = metric.descriptor.name
  const name = counter && !given.endsWith('_total') ? `${given}_total` : given
  let text = header(metric, name, format)
  if (metric.dataPointType === DataPointType.HISTOGRAM) {
    for (const { attributes, value } of metric.dataPoints) {
      const labels = labelText(attributes)
      const before = labels === '' ? '' : `${labels},`
      const { boundaries, counts } = value.buckets
      let below = 0
      for (const [index, count] of counts.entries()) {
        below += count
        const upper = boundaries[index] ?? Infinity
        text += `${name}_bucket{${before}le="${bound(upper, format)}"} ${below}\n`
        if (upper === Infinity) break
      }
      const braces = labels === '' ? '' : `{${labels}}`
      text += `${name}_sum${braces} ${number(value.sum ?? 0)}\n${name}_count${braces} ${value.count}\n`
    }
  } else if (metric.dataPointType !== DataPointType.EXPONENTIAL_HISTOGRAM) {
    for (const { attributes, value } of metric.dataPoints) {
      const labels = labelText(attributes)
      text += `${name}${labels === '' ? '' : `{${labels}}`} ${number(value)}\n`
    }
  }
  return text
}

/**
 * What the reader collected as exposition text. Families without a series are left out; scope and target labels of
 * OpenTelemetry never appear.
 */
export function writeExposition({ scopeMetrics }: ResourceMetrics, format: Format): string {
  let text = ''
  for (const { metrics } of scopeMetrics) {
    for (const metric of metrics) if (metric.dataPoints.length > 0) text += writeMetric(metric, format)
  }
  return format === 'openmetrics' ? `${text}# EOF\n` : text
}
