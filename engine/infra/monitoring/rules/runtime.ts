import { ofTargets, present, select } from './promql.ts'
import type { RuleGroup } from './rule.ts'

const lag = select('nodejs_eventloop_lag_p99_seconds')

/** The process itself. Needs `monitoring.process`; without it these rules are silent. */
export const runtimeRules: readonly RuleGroup[] = [
  {
    name: 'compozy-runtime',
    rules: [
      {
        alert: 'CompozyEventLoopBlocked',
        expr: `${ofTargets(`min_over_time(${lag}[5m])`, lag)} > 0.25`,
        for: '5m',
        severity: 'ticket',
        summary:
          'The event loop of {{ $labels.instance }} is delayed by {{ $value | humanizeDuration }}',
        description:
          'In every interval of the last 5 minutes, the p99 delay of the event loop exceeded 250 ms. Requests, workers and scrapes of this process wait.',
      },
      {
        alert: 'CompozyFileDescriptorsExhausted',
        expr: `${present('process_open_fds')}
/ ${present('process_max_fds')} > 0.8`,
        for: '5m',
        severity: 'page',
        summary:
          '{{ $labels.instance }} uses {{ $value | humanizePercentage }} of its file descriptors',
        description: 'At the limit the process can neither accept connections nor start tools.',
      },
    ],
  },
]
