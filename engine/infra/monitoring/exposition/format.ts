/** The exposition formats. */
export type Format = 'text' | 'openmetrics' | 'protobuf'

/** Formats that a person can read. */
export type TextFormat = Exclude<Format, 'protobuf'>

/** Content types of the formats. */
export const contentTypes = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
  protobuf:
    'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited',
} as const satisfies Record<Format, string>
