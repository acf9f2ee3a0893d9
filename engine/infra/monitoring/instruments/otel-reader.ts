import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { AggregationType, MeterProvider, type MetricProducer } from '@opentelemetry/sdk-metrics'

/** OpenTelemetry's reader of a private provider. */
export interface OtelReader {
  readonly exporter: PrometheusExporter
  readonly provider: MeterProvider
}

/** Opens OpenTelemetry's Prometheus reader over the slots and a Meter. Loaded only for a Meter. */
export function openOtelReader(producer: MetricProducer, cardinalityLimit: number): OtelReader {
  const exporter = new PrometheusExporter({
    preventServerStart: true,
    metricProducers: [producer],
  })
  const views = [
    {
      instrumentName: '*',
      aggregation: { type: AggregationType.DEFAULT } as const,
      aggregationCardinalityLimit: cardinalityLimit,
    },
  ]
  return { exporter, provider: new MeterProvider({ readers: [exporter], views }) }
}
