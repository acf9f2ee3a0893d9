import type { Moved } from './shape.ts'

/** Keys of the original's LLM features; Compozy here runs tools, not language models. */
export const unsupportedKeys: ReadonlySet<string> = new Set([
  'agent',
  'agents',
  'model',
  'models',
  'model_config',
  'mcps',
  'memory',
  'memories',
  'memory_ref',
  'key_template',
  'knowledge',
  'knowledge_bases',
  'knowledge_defaults',
  'embedders',
  'vector_dbs',
  'prompt',
  'action',
  'actions',
  'instructions',
  'attachments',
])

export const unsupportedReason =
  'the LLM features of the original Compozy are not part of this one; call a tool instead'

const oneTimeout =
  'one "timeout" per task, under the task itself; a workflow has config.timeout for the whole run'
const retries = 'write retry_policy (or retries: N) under the task itself'
const files =
  'remove it: a file is what the entry that names it says; list the files under workflows: in compozy.yaml'
const noDirective =
  'removed: write the keys out; only $use: tool(…) on a task and $ref on a schema are left'

/** The original's activity options, which stood in any `config`. */
const activityOptions: Moved = {
  retry_policy: retries,
  schedule_to_start_timeout: oneTimeout,
  start_to_close_timeout: oneTimeout,
  schedule_to_close_timeout: oneTimeout,
  heartbeat_timeout: oneTimeout,
  on_error: 'write on_error: {next: …} under the task itself',
}

const anywhere: Moved = {
  resource: files,
  $ref: noDirective,
  $merge: noDirective,
  file_path: 'removed',
  CWD: 'removed',
}

/** A task may have `$use`, nothing else may. */
const outsideTasks: Moved = { ...anywhere, $use: noDirective }

/** Keys that compozy.yaml had. */
export const movedInProject: Moved = {
  ...outsideTasks,
  autoload: 'name the files under workflows: [{source: ./workflows/*.yaml}]; globs are allowed',
  config: 'write retry_policy and timeout under the tasks that need them',
  cache: 'removed: nothing but Temporal keeps state',
  tasks: 'tasks stand in a workflow file, named under workflows: [{source: ./workflow.yaml}]',
  triggers: 'triggers stand in the workflow file that they start',
  schedule: 'a schedule stands in the workflow file that it starts',
}

/** Keys that `runtime` had. */
export const movedInRuntime: Moved = {
  type: 'removed: tools always run in Deno',
  entrypoint: 'each tool names its own module: execute: ./file.ts',
  tool_execution_timeout: 'write tool_timeout',
  task_execution_timeout_default: 'write tool_timeout',
  task_execution_timeout_max: 'write tool_timeout, or a timeout under the task',
  env: 'write env at the top of compozy.yaml',
}

/** Keys that a workflow file had. */
export const movedInWorkflow: Moved = {
  ...outsideTasks,
  author: 'author stands in compozy.yaml',
  input: 'write the schema of the input as config.input',
  timeout: 'write the limit of the whole run as config.timeout',
  max_tasks: 'write it as config.max_tasks',
  env_file: 'a file .env beside compozy.yaml is read by itself',
}

/** Keys that a workflow's `config` had. */
export const movedInWorkflowConfig: Moved = {
  ...outsideTasks,
  ...activityOptions,
  env: 'write env at the top of the workflow file',
  output: 'write outputs at the top of the workflow file',
  outputs: 'write it at the top of the workflow file',
}

/** Keys that a task had. Those of its `config` are hinted one by one. */
export const movedInTask: Moved = {
  ...anywhere,
  input: 'values go under "with"; the schema belongs to the tool',
  output: 'write outputs; the schema belongs to the tool',
  execute: 'declare the tool under tools: and call it by tool: <id>',
  next: 'write on_success: {next: <task id>}',
}

/** Keys that a collection had. */
export const movedInCollection: Moved = { tasks: 'write task: {type: composite, tasks: […]}' }

/** Keys that a container of listed tasks had. */
export const movedInTaskList: Moved = { task: 'list the tasks under tasks:' }

/** What becomes of each key of a task's former `config`. */
export const movedFromTaskConfig: Moved = {
  ...activityOptions,
  timeout: 'write timeout under the task itself',
  env: 'write env under the task itself',
  input: 'write with under the task itself',
}

/** Keys that a tool had. */
export const movedInTool: Moved = {
  ...outsideTasks,
  with: 'give the input under "with" of the task that calls the tool',
  config: 'values go under "with" of the task; a limit goes under "timeout" of the tool',
  entrypoint: 'write execute: ./file.ts',
  type: 'removed: every tool is a TypeScript module',
}
