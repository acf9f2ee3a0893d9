import type { RuleGroup } from './rule.ts'

/** The process itself. Needs `monitoring.process`; without it these rules are silent. */
export const runtimeRules: readonly RuleGroup[] = [
  {
    name: 'compozy-runtime',
    rules: [
      {
        alert: 'CompozyEventLoopBlocked',
        expr: 'min_over_time(nodejs_eventloop_lag_p99_seconds{job="compozy"}[5m]) > 0.25',
        for: '5m',
        severity: 'ticket',
        summary:
          'The event loop of {{ $labels.instance }} is delayed by {{ $value | humanizeDuration }}',
        description:
          'In every interval of the last 5 minutes, the p99 delay of the event loop exceeded 250 ms. Requests, workers and scrapes of this process wait.',
      },
      {
        alert: 'CompozyFileDescriptorsExhausted',
        expr: `last_over_time(process_open_fds{job="compozy"}[5m])
/ last_over_time(process_max_fds{job="compozy"}[5m]) > 0.8`,
        for: '5m',
        severity: 'page',
        summary:
          '{{ $labels.instance }} uses {{ $value | humanizePercentage }} of its file descriptors',
        description: 'At the limit the process can neither accept connections nor start tools.',
      },
    ],
  },
]
