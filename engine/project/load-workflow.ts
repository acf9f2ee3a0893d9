import { createHash } from 'node:crypto'
import { dirname } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { summarizeViolations, withFoundValues } from '../core/violations.ts'
import { CompozyError } from '../core/errors.ts'
import { defined } from '../core/defined.ts'
import type { JsonValue } from '../core/json.ts'
import { placedText, type PlacedText } from '../core/source.ts'
import { pathInFile } from '../schema/path-in-file.ts'
import { valueAt, type Report } from '../schema/report.ts'
import type { KnownInput, KnownTool } from '../kinds/shared/tool-reference.ts'
import type { TaskKinds } from '../kinds/kind.ts'
import type { MetricDeclaration } from '../compiler/compile-metrics.ts'
import type { KnownListener } from '../compiler/checks/check-events.ts'
import {
  compileWorkflow,
  deepFreeze,
  type OtherWorkflows,
  type WorkflowFile,
} from '../compiler/compile-workflow.ts'
import { resolveEnv, type Variables } from './env.ts'
import type { NamedFile } from './files/find-workflow-files.ts'
import type { ModuleFiles } from './files/module-files.ts'
import type { SchemaCheck } from './schemas/validation/schema-check.ts'
import type { SchemaCompiler } from './schemas/validation/schema-compiler.ts'
import type { EventTrigger, Schedule, Tool, Workflow } from './project.ts'
import { readObjectives } from './objectives.ts'
import { checkSchedule } from './schedule/check-schedule.ts'
import { normalCron } from './schedule/cron.ts'
import { timezoneName } from './schedule/timezone.ts'
import { collectSchemas, type FileSchemas } from './schemas/schema-reference.ts'
import { createSchemaReader, type SchemaReader } from './schemas/schema-reader.ts'
import { readTools, type ModuleName } from './tools.ts'

/** What all workflows of a project share. */
export interface WorkflowSurroundings {
  readonly project: { readonly name: string; readonly version?: string }
  /** `env:` of compozy.yaml, resolved, and what its templates could read. */
  readonly env: Variables
  readonly outer: Variables
  readonly projectSchemas: FileSchemas
  readonly globalTools: ReadonlyMap<string, KnownTool>
  readonly toolTimeoutMs: number
  readonly workflowIds: readonly string[]
  readonly compiler: SchemaCompiler
  readonly modules: ModuleFiles
  readonly kinds: TaskKinds
}

/** What one file gives; its diagnostics are in the report of `file`. */
export interface LoadedWorkflow {
  readonly workflow?: Workflow
  readonly tools: readonly Tool[]
  /** Where the file names the modules of its tools, by the keys of the tools. */
  readonly moduleNames: ReadonlyMap<string, ModuleName>
  readonly metrics: readonly MetricDeclaration[]
  /** Where the file has its objective for duration. */
  readonly durationObjective?: PlacedText
  /** What a task that starts it as a child may give it; absent without a schema. */
  readonly input?: KnownInput & { readonly id: string }
  /** The events that start it. */
  readonly listeners: readonly KnownListener[]
  /** Checks what its tasks give to other workflows; its report has what does not fit. */
  readonly checkOthers: (others: OtherWorkflows) => void
}

function readTriggers(
  { values, report }: WorkflowFile,
  schemas: SchemaReader,
): readonly EventTrigger[] {
  const seen = new Set<string>()
  return (values.triggers ?? []).flatMap(({ name, schema: raw }, i): EventTrigger[] => {
    const path = ['triggers', i]
    const read = schemas.read(raw, [...path, 'schema'], 'check')
    if (name === undefined) return []
    if (seen.has(name))
      report.error([...path, 'name'], `two triggers are named "${name}"`, { hint: 'one is enough' })
    seen.add(name)
    const schema = read && { schema: read.schema }
    return [
      {
        type: 'signal',
        name,
        ...schema,
        check: (payload) => read?.check.violations(payload) ?? [],
      },
    ]
  })
}

/** Warns that a run without an input has the input {}, whatever the schema's own default is. */
function warnOfDefault(report: Report): void {
  const path = ['config', 'input', 'default']
  const isHere = valueAt(report.source, path) !== undefined
  report.warning(isHere ? path : path.slice(0, -1), 'a default of the whole input is not used', {
    hint: 'a run without an input has {}; give each property its own default',
  })
}

function readSchedule(
  { values, report }: WorkflowFile,
  input: SchemaCheck | undefined,
): Schedule | undefined {
  const { schedule } = values
  if (schedule === undefined) return undefined
  checkSchedule(schedule, report)
  const given = schedule.input ?? {}
  const { value, violations } = input?.accept(given) ?? { value: given, violations: [] }
  for (const { pointer, message } of violations)
    report.error(
      pathInFile(pointer, ['schedule', 'input'], report),
      `input of the schedule: ${pointer || 'it'} ${message}`,
      {
        hint: 'it has to fit config.input',
      },
    )
  return defined({
    cron: normalCron(schedule.cron ?? ''),
    timezone: timezoneName(schedule.timezone ?? 'UTC') ?? 'UTC',
    enabled: schedule.enabled ?? true,
    jitterMs: schedule.jitter ?? 0,
    overlapPolicy: schedule.overlap_policy ?? 'skip',
    startAt: schedule.start_at,
    endAt: schedule.end_at,
    input: value,
  })
}

/** Implements {@link Workflow.acceptInput}; without a schema, every input is accepted. */
export function acceptInput(
  id: string,
  check: SchemaCheck | undefined,
  input: JsonValue,
): JsonValue {
  if (check === undefined) return input
  const { value, violations: found } = check.accept(input)
  if (found.length === 0) return value
  const violations = withFoundValues(found, input)
  const list = summarizeViolations(violations, '(the input)')
  throw new CompozyError('input_invalid', `the input does not fit workflow "${id}": ${list}`, {
    violations,
  })
}

/**
 * Loads one workflow file that has been read: its schemas, tools, schedule and triggers, then its
 * tasks.
 */
export async function loadWorkflow(
  file: WorkflowFile,
  { absolute, file: name }: NamedFile,
  around: WorkflowSurroundings,
): Promise<LoadedWorkflow> {
  const { values, report, source } = file
  const { compiler, project, toolTimeoutMs, workflowIds } = around
  const id = values.id ?? ''
  const local = { schemas: collectSchemas(values.schemas, report), document: source.value }
  const scope = { file: local, project: around.projectSchemas }
  const schemas = createSchemaReader(scope, compiler, report)
  for (const [i, schema] of (values.schemas ?? []).entries()) {
    const { id: _id, ...bare } = schema
    await setImmediate()
    schemas.read(bare, ['schemas', i], 'input')
  }
  const input = schemas.read(values.config?.input, ['config', 'input'], 'input')
  if (input?.schema['default'] !== undefined) warnOfDefault(report)
  const env = {
    ...around.env,
    ...resolveEnv(values.env, ['env'], { ...around.env, ...around.outer }, report),
  }
  const outer = { ...env, ...around.outer }
  const owner = {
    prefix: `${id}/`,
    folder: dirname(absolute),
    modules: around.modules,
    report,
    schemas,
    outer,
  }
  const { tools, known: ownTools, moduleNames } = readTools(values.tools, owner)
  const triggers = readTriggers(file, schemas)
  const schedule = readSchedule(file, input?.check)
  const objectives = readObjectives(file)
  const { definition, metrics, checkOthers } = compileWorkflow(file, {
    project,
    env,
    tools: new Map([...around.globalTools, ...ownTools]),
    toolTimeoutMs,
    workflows: workflowIds,
    kinds: around.kinds,
    inputSchema: input?.schema,
  })
  const known = input && {
    id,
    inputSchema: input.schema,
    violations: (value: JsonValue) => input.check.accept(value).violations,
  }
  const listeners = triggers.map(({ name: event, schema, check }): KnownListener => ({
    event,
    workflowId: id,
    payload: defined({ inputSchema: schema, violations: check }),
    input: known,
  }))
  const durationObjective =
    objectives?.durationP95Ms === undefined
      ? undefined
      : placedText(report.source, ['objectives', 'duration_p95'])
  const read = {
    tools,
    moduleNames,
    metrics,
    durationObjective,
    input: known,
    listeners,
    checkOthers,
  }
  if (definition === undefined) return defined(read)
  const workflow: Workflow = defined({
    id,
    version: values.version,
    description: values.description,
    file: name,
    inputSchema: input?.schema,
    definition,
    sha256: createHash('sha256').update(JSON.stringify(definition)).digest('hex'),
    timeoutMs: values.config?.timeout,
    schedule,
    objectives,
    triggers,
    acceptInput: (value: JsonValue) => acceptInput(id, input?.check, value),
  })
  return defined({ ...read, workflow: deepFreeze(workflow), tools: deepFreeze(tools) })
}
