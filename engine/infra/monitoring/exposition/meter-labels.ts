import { reservedLabels } from '../../../core/custom-metric.ts'
import type { Attributes } from './samples.ts'

/** The labels of a point, and a text that is equal for the points of one series. */
export interface SeriesLabels {
  readonly labels: Attributes
  readonly key: string
}

/** Returns a name that Prometheus accepts. */
export const validName = (text: string): string =>
  text.replaceAll(/\W/g, '_').replace(/^(?=\d|$)/, '_')

/** Returns the name of an attribute's label: `exported_…` where Prometheus reserves the name. */
function labelName(attribute: string): string {
  const valid = validName(attribute)
  return reservedLabels.has(valid) || valid.startsWith('__') ? `exported_${valid}` : valid
}

/** Returns the value of a label; '' for none, which Prometheus takes as no label. */
const labelValue = (value: Attributes[string] | null): string =>
  value === undefined || value === null ? '' : String(value).toWellFormed()

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : 1

/** Returns the labels of one series. */
export function seriesLabels(labels: Readonly<Record<string, string>>): SeriesLabels {
  return { labels, key: JSON.stringify(Object.entries(labels).toSorted(byName)) }
}

/**
 * Returns the labels of a point. Values of labels whose names become equal are joined by a
 * semicolon, in the order of the attributes' names.
 */
export function exportedLabels(attributes: Attributes): SeriesLabels {
  const labels: Record<string, string> = {}
  const entries = Object.entries(attributes)
  const isExact = entries.every(([name]) => name === labelName(name))
  for (const [name, attribute] of isExact ? entries : entries.toSorted(byName)) {
    const [label, value] = [labelName(name), labelValue(attribute)]
    if (value === '') continue
    labels[label] = Object.hasOwn(labels, label) ? `${labels[label]};${value}` : value
  }
  return seriesLabels(labels)
}
