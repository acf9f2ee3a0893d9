import { families } from '../catalogue.ts'
import { rise, select } from './promql.ts'
import type { RuleGroup } from './rule.ts'

/** Whether the metrics themselves can be trusted. */
export const telemetryRules: readonly RuleGroup[] = [
  {
    name: 'compozy-telemetry',
    rules: [
      {
        alert: 'CompozyScrapeSlow',
        expr: 'last_over_time(scrape_duration_seconds{job="compozy"}[5m]) > 5',
        for: '10m',
        severity: 'ticket',
        summary: 'A scrape of {{ $labels.instance }} takes {{ $value | humanizeDuration }}',
        description:
          'Scrapes of {{ $labels.instance }} use more than half of the usual timeout of 10 s. Past the timeout there are gaps.',
      },
      {
        alert: 'CompozySeriesGrowth',
        expr: 'last_over_time(scrape_samples_post_metric_relabeling{job="compozy"}[5m]) > 5000',
        for: '15m',
        severity: 'ticket',
        summary: '{{ $labels.instance }} exports {{ $value }} series',
        description:
          'A process usually exports some hundred series. More than 5,000 mean many workflows, routes or tools, added buckets, or custom metrics.',
      },
      {
        alert: 'CompozySeriesChurn',
        expr: 'sum_over_time(scrape_series_added{job="compozy"}[1h]) > 5000',
        severity: 'ticket',
        summary: '{{ $labels.instance }} added {{ $value }} series in an hour',
        description:
          'Series that come and go cost Prometheus more than series that stay. The labels of this endpoint are closed sets, so look at restarts and custom metrics.',
      },
      {
        alert: 'CompozySeriesDropped',
        expr: `sum by (job, metric) ${rise(select(families.droppedSeries.name), '1h')} > 0`,
        severity: 'ticket',
        summary: '{{ $labels.metric }} has reached its cardinality limit',
        description:
          'New label sets of {{ $labels.metric }} are recorded as other. Sums stay correct; the new label sets are not kept apart.',
      },
      {
        alert: 'CompozyCollectErrors',
        expr: `sum by (job, instance, collector) ${rise(select(families.collectErrors.name), '15m')} > 0`,
        severity: 'ticket',
        summary: '{{ $labels.instance }} cannot read {{ $labels.collector }}',
        description:
          'Reading {{ $labels.collector }} failed in the last 15 minutes. The scrape answered 500, or left the family out with monitoring.collect_errors: serve.',
      },
      {
        alert: 'CompozyMetricsErrors',
        expr: `sum by (job, place) ${rise(select(families.errors.name), '15m')} > 0`,
        severity: 'ticket',
        summary: 'Monitoring failed internally: {{ $labels.place }}',
        description:
          '{{ $value | humanize }} internal failures of monitoring in 15 minutes. Requests and workflows are not affected; some counts may be too low.',
      },
    ],
  },
]
