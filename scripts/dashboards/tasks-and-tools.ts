import type { PanelSpec } from './panel.ts'
import { quantileOf } from './quantile.ts'
import { process, workflowsOf as on } from './matchers.ts'

/** Tasks by their kind, and the calls of tools. */
export const tasksAndTools: readonly PanelSpec[] = [
  {
    kind: 'timeseries',
    title: 'Tasks by outcome',
    about: 'Tasks that ended, a second.',
    unit: 'ops',
    width: 6,
    stacked: true,
    queries: [
      {
        expr: `sum by (outcome) (rate(compozy_task_executions_total{${on}}[$__rate_interval]))`,
        legend: '{{outcome}}',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Duration of tasks: p95',
    about: 'By kind of task, retries and waiting included.',
    unit: 's',
    width: 6,
    queries: [
      {
        expr: quantileOf(0.95, {
          of: 'compozy_task_duration_seconds',
          matchers: process,
          by: ['task_type'],
        }),
        legend: '{{task_type}}',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Tool calls',
    about: 'Calls per second by tool and outcome; each attempt counts.',
    unit: 'ops',
    width: 6,
    runbooks: ['CompozyToolBroken', 'CompozyToolErrorRatio'],
    queries: [
      {
        expr: `sum by (tool, outcome) (rate(compozy_tool_calls_total{${process}}[$__rate_interval]))`,
        legend: '{{tool}}: {{outcome}}',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Tool call duration: p95',
    about: 'By tool, from the moment the call gets a tool process to its answer.',
    unit: 's',
    width: 6,
    queries: [
      {
        expr: quantileOf(0.95, {
          of: 'compozy_tool_call_duration_seconds',
          matchers: process,
          by: ['tool'],
        }),
        legend: '{{tool}}',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Calls that wait for a tool process',
    about:
      'Taken by a worker, so in no backlog. Above 0 for long: raise max_tool_processes, or add workers where CPU is busy.',
    unit: 'short',
    width: 12,
    queries: [
      {
        expr: `sum by (instance) (compozy_tool_calls_waiting{${process}})`,
        legend: '{{instance}}',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Limits exceeded',
    about: 'Tasks, runs and signals that were refused because something was too large.',
    unit: 'short',
    width: 12,
    stacked: true,
    queries: [
      {
        expr: `sum by (limit) (increase(compozy_limit_exceeded_total{${process}}[$__rate_interval]))`,
        legend: '{{limit}}',
      },
    ],
  },
]
