import type { DashboardSpec } from './dashboard.ts'
import type { PanelSpec } from './panel.ts'
import { observedPerSecond, quantileOf } from './quantile.ts'
import { process as on } from './matchers.ts'

const loop: readonly PanelSpec[] = [
  {
    kind: 'timeseries',
    title: 'Delay of the event loop',
    about:
      'p99 and longest of the last whole interval of 10 s. API, workers and scrapes wait as long.',
    unit: 's',
    width: 8,
    limits: { bad: 0.25 },
    runbooks: ['CompozyEventLoopBlocked'],
    queries: [
      { expr: `nodejs_eventloop_lag_p99_seconds{${on}}`, legend: 'p99 {{instance}}' },
      { expr: `nodejs_eventloop_lag_max_seconds{${on}}`, legend: 'longest {{instance}}' },
      { expr: `nodejs_eventloop_lag_mean_seconds{${on}}`, legend: 'mean {{instance}}' },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Event loop in use',
    about: 'Near 1 the process can do no more: add processes.',
    unit: 'percentunit',
    width: 8,
    limits: { bad: 0.9 },
    runbooks: ['CompozyEventLoopBlocked'],
    queries: [{ expr: `nodejs_eventloop_utilization_ratio{${on}}`, legend: '{{instance}}' }],
  },
  {
    kind: 'timeseries',
    title: 'Garbage collection',
    about: 'Part of the time that each kind takes.',
    unit: 'percentunit',
    width: 8,
    queries: [
      {
        expr: observedPerSecond({
          of: 'nodejs_gc_duration_seconds',
          matchers: on,
          by: ['instance', 'kind'],
        }),
        legend: '{{kind}} {{instance}}',
      },
    ],
  },
]

const resources: readonly PanelSpec[] = [
  {
    kind: 'timeseries',
    title: 'Memory',
    about:
      'Resident memory of the process; the heap in it; memory outside the heap. Tools are processes of their own.',
    unit: 'bytes',
    width: 8,
    queries: [
      { expr: `process_resident_memory_bytes{${on}}`, legend: 'resident {{instance}}' },
      { expr: `nodejs_heap_size_used_bytes{${on}}`, legend: 'heap used {{instance}}' },
      { expr: `nodejs_heap_size_total_bytes{${on}}`, legend: 'heap reserved {{instance}}' },
      { expr: `nodejs_external_memory_bytes{${on}}`, legend: 'outside the heap {{instance}}' },
    ],
  },
  {
    kind: 'timeseries',
    title: 'CPU',
    about: 'Cores in use.',
    width: 8,
    queries: [
      { expr: `rate(process_cpu_seconds_total{${on}}[$__rate_interval])`, legend: '{{instance}}' },
    ],
  },
  {
    kind: 'timeseries',
    title: 'File descriptors',
    about: 'Part of the limit that is in use.',
    unit: 'percentunit',
    width: 4,
    limits: { bad: 0.8 },
    runbooks: ['CompozyFileDescriptorsExhausted'],
    queries: [{ expr: `process_open_fds{${on}} / process_max_fds{${on}}`, legend: '{{instance}}' }],
  },
  {
    kind: 'timeseries',
    title: 'Starts in an hour',
    about: 'How often the clock of a process began anew.',
    width: 4,
    limits: { bad: 4 },
    runbooks: ['CompozyCrashLooping'],
    queries: [{ expr: `resets(compozy_uptime_seconds_total{${on}}[1h])`, legend: '{{instance}}' }],
  },
]

const sdk: readonly PanelSpec[] = [
  {
    kind: 'timeseries',
    title: 'Pollers',
    about: 'Open polls for work, by kind. Without any the worker is cut off from the server.',
    width: 6,
    runbooks: ['TemporalPollersDisconnected'],
    queries: [
      {
        expr: `sum by (instance, poller_type) (temporal_num_pollers{${on}})`,
        legend: '{{poller_type}} {{instance}}',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Free slots',
    about: 'What a worker could take on now, by kind. At 0 work waits.',
    width: 6,
    runbooks: ['TemporalSlotsExhausted'],
    queries: [
      {
        expr: `min by (instance, worker_type) (temporal_worker_task_slots_available{${on}})`,
        legend: '{{worker_type}} {{instance}}',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Wait of steps for a worker',
    about: 'From being scheduled to being taken. The earliest sign of too few workers.',
    unit: 's',
    width: 6,
    limits: { bad: 5 },
    runbooks: ['TemporalScheduleToStartHigh'],
    queries: [0.5, 0.99].map((q) => ({
      expr: quantileOf(q, {
        of: 'temporal_workflow_task_schedule_to_start_latency_seconds',
        matchers: on,
      }),
      legend: `p${q * 100}`,
    })),
  },
  {
    kind: 'timeseries',
    title: 'Runs in memory',
    about: 'Runs that a worker keeps between their steps; the others are replayed when they go on.',
    width: 6,
    queries: [
      { expr: `sum by (instance) (temporal_sticky_cache_size{${on}})`, legend: '{{instance}}' },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Calls of the server',
    about: 'By call, a second.',
    unit: 'ops',
    width: 12,
    stacked: true,
    queries: [
      {
        expr: `sum by (operation) (rate(temporal_request_total{${on}}[$__rate_interval]))`,
        legend: '{{operation}}',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Duration of calls: p95',
    about: 'By call, long polls left out.',
    unit: 's',
    width: 6,
    queries: [
      {
        expr: quantileOf(0.95, {
          of: 'temporal_request_latency_seconds',
          matchers: on,
          by: ['operation'],
        }),
        legend: '{{operation}}',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: "Lost batches of the SDK's metrics",
    about: 'Its buffer was full: what this row shows is short by what they held.',
    width: 6,
    queries: [
      {
        expr: `sum by (instance) (increase(compozy_metrics_temporal_sdk_lost_batches_total{${on}}[15m]))`,
        legend: '{{instance}}',
      },
    ],
  },
]

/** What a process is made of: event loop, memory, and Temporal's SDK in it. */
export const runtime: DashboardSpec = {
  uid: 'compozy-runtime',
  title: 'Compozy: runtime',
  about:
    'Event loop, memory and CPU (needs monitoring.process), and the SDK (needs monitoring.temporal_sdk).',
  rows: [
    { title: 'Event loop', panels: loop },
    { title: 'Resources', panels: resources },
    { title: "Temporal's SDK", panels: sdk },
  ],
}
