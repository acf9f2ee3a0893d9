import { describe, expect, it } from 'vitest'
import { acceptsGzip, negotiateFormat } from './negotiate.ts'

const prometheus2 =
  'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1'
const prometheus3 =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2'
/** Prometheus 2.40 to 2.48 with native histograms. */
const prometheus2Native =
  'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1'
/** Prometheus 3 with native histograms or created timestamps. */
const prometheus3Native =
  'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1'
const protobuf =
  'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited'

describe('negotiateFormat', () => {
  it.each([
    ['no header', undefined, 'text'],
    ['curl', '*/*', 'text'],
    ['a browser', 'text/html,application/xhtml+xml,*/*;q=0.8', 'text'],
    ['Prometheus 2', prometheus2, 'openmetrics'],
    ['Prometheus 3', prometheus3, 'openmetrics'],
    [
      'text wanted more',
      'application/openmetrics-text;version=1.0.0;q=0.3,text/plain;q=0.9',
      'text',
    ],
    ['only the draft version', 'application/openmetrics-text;version=0.0.1', 'text'],
    ['OpenMetrics refused', 'application/openmetrics-text;q=0,text/plain', 'text'],
    ['as much of both', 'text/plain;q=0.5, application/openmetrics-text;q=0.5', 'openmetrics'],
    [
      'OpenMetrics in capitals, quoted',
      'Application/OpenMetrics-Text; Version="1.0.0"',
      'openmetrics',
    ],
    ['a version to come', 'application/openmetrics-text;version=2.0.0', 'text'],
    ['the draft beside any type', 'application/openmetrics-text;version=0.0.1,*/*;q=0.1', 'text'],
    ['any text wanted more', 'application/openmetrics-text;q=0.3,text/*;q=0.9', 'text'],
    ['anything wanted more', 'application/openmetrics-text;q=0.3,*/*', 'text'],
    ['a quality that is no number', 'application/openmetrics-text;q=high', 'text'],
    ['an empty header', '', 'text'],
    [
      'protobuf first',
      'application/vnd.google.protobuf;q=0.9,text/plain;version=0.0.4;q=0.5',
      'text',
    ],
    ['nonsense', ';;,q=;=', 'text'],
    ['Prometheus 2 with native histograms', prometheus2Native, 'protobuf'],
    ['Prometheus 3 with native histograms', prometheus3Native, 'protobuf'],
    ['protobuf with an escaping', `${protobuf};escaping=underscores`, 'protobuf'],
    ['protobuf as much as all else', `${protobuf},application/openmetrics-text,*/*`, 'protobuf'],
    ['protobuf last', `${protobuf};q=0.1,text/plain;q=0.2`, 'text'],
    [
      'protobuf after OpenMetrics',
      `${protobuf};q=0.5,application/openmetrics-text;q=0.6`,
      'openmetrics',
    ],
    ['protobuf refused', `${protobuf};q=0,text/plain`, 'text'],
    ['protobuf as text', protobuf.replace('delimited', 'text'), 'text'],
    ['another message', protobuf.replace('MetricFamily', 'Metric'), 'text'],
    [
      'protobuf in capitals, quoted',
      'Application/Vnd.Google.Protobuf; Proto="io.prometheus.client.MetricFamily"; Encoding="delimited"',
      'protobuf',
    ],
  ])('Should serve %s as %s says', (_, header, format) => {
    expect(negotiateFormat(header)).toBe(format)
  })
})

describe('acceptsGzip', () => {
  it.each([
    [undefined, false],
    ['gzip', true],
    ['gzip;q=0', false],
    ['gzip;q=0, *', false],
    ['*;q=0', false],
    ['GZIP', true],
    ['', false],
    ['deflate, gzip;q=0.5', true],
    ['*', true],
    ['identity', false],
    ['br', false],
  ])('Should take %s as %s', (header, welcome) => {
    expect(acceptsGzip(header)).toBe(welcome)
  })
})
