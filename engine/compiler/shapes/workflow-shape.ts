import { customMetricTypes } from '../../core/observation.ts'
import {
  movedInTool,
  movedInWorkflow,
  movedInWorkflowConfig,
} from '../../schema/migration-hints.ts'
import type { Shapes } from '../../schema/shape.ts'

/** Names of environment variables. */
export const variableName = {
  pattern: '^[A-Za-z_][A-Za-z0-9_]{0,127}$',
  allowed: 'the name of an environment variable: letters, digits and "_"',
} as const

/** `env:` of compozy.yaml, a workflow or a tool. */
export const envShape = {
  is: 'map',
  of: {
    is: 'scalar',
    doc: 'Text; {{ .env.OTHER }} reads the process environment or the file .env',
  },
  keys: variableName,
  doc: 'Variables for templates (.env.NAME) and tools; kept in the history of each run, so never secrets',
} as const

/** One entry of `tools:`. */
export const toolFields = {
  id: { is: 'id', required: true, doc: 'name by which tasks call it' },
  description: { is: 'text', doc: 'what it does' },
  execute: { is: 'text', required: true, doc: 'the module, ./file.ts or ./file.ts#export' },
  input: { is: 'schema', doc: 'JSON Schema of the input, checked before each call' },
  output: { is: 'schema', doc: 'JSON Schema of the output, checked after each call' },
  timeout: { is: 'duration', isPositive: true, doc: 'limit of one call (runtime.tool_timeout)' },
  env: envShape,
  secrets: {
    is: 'list',
    of: { is: 'pattern', ...variableName, doc: 'name of a variable' },
    doc: 'variables of the worker that only this tool receives',
  },
} as const satisfies Shapes

/** `tools:` of compozy.yaml or a workflow. */
export const toolsShape = {
  is: 'list',
  of: { is: 'object', named: 'a tool', fields: toolFields, moved: movedInTool, doc: 'a tool' },
  doc: 'functions in TypeScript that tasks call',
} as const

/** `schemas:` of compozy.yaml or a workflow: JSON Schemas with an `id` of ours. */
export const schemasShape = {
  is: 'list',
  of: { is: 'mapping', doc: 'a JSON Schema with an id' },
  doc: 'JSON Schemas that others name by $ref',
} as const

const scheduleFields = {
  cron: { is: 'text', required: true, doc: 'five fields, @hourly and its like, or @every 5m' },
  timezone: { is: 'text', doc: 'IANA name of a time zone (UTC)' },
  enabled: { is: 'boolean', doc: 'false: the schedule is paused (true)' },
  jitter: { is: 'duration', doc: 'up to how much later a run may start, at random' },
  overlap_policy: {
    is: 'choice',
    of: ['skip', 'allow', 'buffer_one', 'cancel_other'],
    doc: 'what happens while the run before is still open (skip)',
  },
  start_at: { is: 'time', doc: 'no run before this time' },
  end_at: { is: 'time', doc: 'no run after this time' },
  input: { is: 'json', doc: 'input of each run' },
} as const satisfies Shapes

const objectiveFields = {
  duration_p95: {
    is: 'duration',
    isPositive: true,
    doc: 'nineteen of twenty runs take at most this',
  },
  failure_ratio: {
    is: 'pattern',
    pattern: '^(?:100(?:\\.0+)?|\\d{1,2}(?:\\.\\d{1,6})?) ?%$',
    allowed: 'a percentage such as 1 % or 0.5 %',
    doc: 'share of runs that may fail, above 0 % and below 100 %, such as 1 %',
  },
  every: { is: 'duration', isPositive: true, doc: 'a run completes at least this often' },
} as const satisfies Shapes

const triggerFields = {
  type: {
    is: 'choice',
    of: ['signal'],
    required: true,
    doc: 'signal: events of POST /api/v0/events and signal tasks',
  },
  name: { is: 'name', required: true, doc: 'name of the event' },
  schema: { is: 'schema', doc: 'JSON Schema of the payload' },
} as const satisfies Shapes

const labelFields = {
  value: {
    is: 'tree',
    adds: ['output', 'error'],
    doc: 'template that gives the value; absent with on: tool',
  },
  allowed: {
    is: 'list',
    min: 1,
    of: { is: 'scalar', doc: 'a value' },
    required: true,
    doc: 'all values; any other is recorded as other',
  },
} as const satisfies Shapes

/** One entry of `metrics:` of a task or a workflow. */
export const metricFields = {
  name: {
    is: 'pattern',
    pattern: '^[a-z][a-z0-9_]{1,40}$',
    allowed: 'small letters, digits and "_", a letter first, 2 to 41 in all',
    required: true,
    doc: 'exported as compozy_custom_<name>',
  },
  type: {
    is: 'choice',
    of: customMetricTypes,
    required: true,
    doc: 'counter, histogram or gauge',
  },
  help: { is: 'text', required: true, doc: 'one sentence that says what is counted or measured' },
  unit: {
    is: 'pattern',
    pattern: '^[a-z][a-z0-9_]{0,20}$',
    allowed: 'small letters, digits and "_"; base units such as seconds, bytes, ratio',
    doc: 'base unit, put into the name',
  },
  value: {
    is: 'tree',
    adds: ['output', 'error'],
    doc: 'template that gives a finite number (counter: 1)',
  },
  labels: {
    is: 'map',
    of: { is: 'object', named: 'a label', fields: labelFields, doc: 'a label' },
    keys: {
      pattern: '^[a-z][a-z0-9_]{0,40}$',
      allowed: 'small letters, digits and "_", a letter first',
    },
    doc: 'at most 4, with at most 100 combinations of values',
  },
  buckets: {
    is: 'list',
    min: 1,
    max: 50,
    of: { is: 'number', doc: 'upper bound' },
    doc: 'upper bounds of a histogram',
  },
  on: {
    is: 'choice',
    of: ['success', 'error', 'any', 'tool'],
    doc: 'after which ends it is recorded (success); tool: by context.metrics in tools alone',
  },
  when: { is: 'condition', adds: ['output', 'error'], doc: 'recorded only if true' },
} as const satisfies Shapes

/** `metrics:` of a task or a workflow. */
export const metricsShape = {
  is: 'list',
  of: { is: 'object', named: 'a metric', fields: metricFields, doc: 'a metric' },
  doc: 'recorded once at the end, on the metrics endpoint as compozy_custom_…',
} as const

/** Top level of a workflow file. `compile-tasks.ts` reads tasks. */
export const workflowFields = {
  id: { is: 'id', required: true, doc: 'name of the workflow, unique in the project' },
  version: { is: 'scalar', doc: 'version of the workflow, yours to choose' },
  description: { is: 'text', doc: 'what it does' },
  config: {
    is: 'object',
    named: 'config of a workflow',
    moved: movedInWorkflowConfig,
    doc: 'input, limits',
    fields: {
      input: { is: 'schema', doc: 'JSON Schema of the input' },
      timeout: { is: 'duration', isPositive: true, doc: 'limit of a whole run (none)' },
      max_tasks: {
        is: 'integer',
        min: 1,
        max: 1_000_000,
        doc: 'tasks that a run may pass (10000)',
      },
    },
  },
  env: envShape,
  tools: toolsShape,
  schemas: schemasShape,
  tasks: {
    is: 'tasks',
    order: 'in_turn',
    required: true,
    doc: 'what is done; the first one begins',
  },
  outputs: { is: 'tree', doc: 'output of the run, evaluated at its end' },
  schedule: {
    is: 'object',
    named: 'schedule',
    fields: scheduleFields,
    doc: 'starts runs by the clock',
  },
  objectives: {
    is: 'object',
    named: 'objectives',
    fields: objectiveFields,
    doc: 'what the workflow promises; alerts are made from it',
  },
  triggers: {
    is: 'list',
    of: { is: 'object', named: 'a trigger', fields: triggerFields, doc: 'a trigger' },
    doc: 'events that start a run',
  },
  metrics: metricsShape,
} as const satisfies Shapes

export const workflowNames = { named: 'a workflow file', moved: movedInWorkflow } as const
