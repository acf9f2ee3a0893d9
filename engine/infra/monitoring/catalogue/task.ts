import {
  limitNames,
  logDropReasons,
  taskOutcomes,
  toolOutcomes,
} from '../../../core/observation.ts'
import { workflowType, type Family } from './family.ts'

const taskType = { bound: 'task kinds', checked: true, doc: 'kind of the task' } as const
const tool = {
  bound: 'tools of the project',
  checked: true,
  doc: 'id of the tool in YAML',
} as const
/** Tasks take from milliseconds (an aggregate) to days (an approval). */
const durations = [0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 600, 3_600, 86_400]

/** Families of tasks and tools. */
export const taskCatalogue = {
  taskExecutions: {
    name: 'compozy_task_executions_total',
    kind: 'counter',
    help: 'Total tasks that ended.',
    detail:
      'Each task counts once, when Temporal has accepted its workflow task, which takes half a minute to tell where the run then waits. Every item of a collection and every child counts.',
    labels: {
      workflow_type: workflowType,
      task_type: taskType,
      outcome: { values: taskOutcomes, doc: 'how the task ended, after its retries' },
    },
    example:
      'sum by (workflow_type, task_type) (increase(compozy_task_executions_total{outcome="failed"}[1h]))',
    stability: 'stable',
    when: 'a run has started',
  },
  taskDuration: {
    name: 'compozy_task_duration_seconds',
    kind: 'histogram',
    unit: 'seconds',
    help: 'Task duration in seconds.',
    detail: 'From start to end, with retries and waits. Skipped tasks are not observed.',
    labels: { task_type: taskType },
    buckets: durations,
    example:
      'histogram_quantile(0.95, sum by (task_type, le) (rate(compozy_task_duration_seconds_bucket[15m])))',
    stability: 'stable',
    when: 'a run has started',
  },
  limitExceeded: {
    name: 'compozy_limit_exceeded_total',
    kind: 'counter',
    help: 'Total refusals for exceeding a limit of runs.',
    detail:
      'A task or a run that fails with `LimitExceeded` counts once, also when `on_error` handles it: a container whose child is refused does not count again. `kept_signals` also counts signals that the API refuses with 429. `template`: steps, length or nesting. `tasks`: tasks passed in one flow. `history`: an output of a tool or a result of a child without room in its run\'s history. `other`: nesting too deep or text too long for the engine. See "Limits of a run" in the [language reference](language.md#limits-of-a-run).',
    labels: { limit: { values: limitNames, doc: 'what exceeded its limit' } },
    example: 'sum by (limit) (increase(compozy_limit_exceeded_total[1h])) > 0',
    stability: 'stable',
  },
  toolCalls: {
    name: 'compozy_tool_calls_total',
    kind: 'counter',
    help: 'Total tool calls.',
    detail: 'Every attempt counts. `aborted`: the call was canceled or its worker stopped.',
    labels: { tool, outcome: { values: toolOutcomes, doc: 'how the call ended' } },
    example: 'sum by (tool, outcome) (rate(compozy_tool_calls_total[5m]))',
    stability: 'stable',
    when: 'the project has tools',
  },
  toolCallDuration: {
    name: 'compozy_tool_call_duration_seconds',
    kind: 'histogram',
    unit: 'seconds',
    help: 'Tool call duration in seconds.',
    detail: 'From the moment the call gets a tool process to its answer.',
    labels: { tool },
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    example:
      'histogram_quantile(0.95, sum by (tool, le) (rate(compozy_tool_call_duration_seconds_bucket[5m])))',
    stability: 'stable',
    when: 'a tool was called',
  },
  toolCallsWaiting: {
    name: 'compozy_tool_calls_waiting',
    kind: 'gauge',
    help: 'Tool calls waiting for a tool process.',
    detail:
      'A worker has taken them from the task queue, so they are in no backlog, and their duration has not begun. `runtime.max_tool_processes` says how many calls of a process run at once.',
    labels: {},
    example: 'sum by (instance) (compozy_tool_calls_waiting)',
    stability: 'stable',
  },
  runLogDropped: {
    name: 'compozy_run_log_lines_dropped_total',
    kind: 'counter',
    help: 'Total lines of tools left out of the logs of runs.',
    detail:
      'The log of a run keeps the first and the last lines of each tool call (`call_limit`) and of the run in this process (`run_limit`). `queue_full`: tools print faster than the disk takes it. `disk_error`: the folder `logs.dir` cannot be written.',
    labels: { reason: { values: logDropReasons, doc: 'why the lines are missing' } },
    example: 'sum by (reason) (increase(compozy_run_log_lines_dropped_total[1h])) > 0',
    stability: 'stable',
  },
} as const satisfies Record<string, Family>
