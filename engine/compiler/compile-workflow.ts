import { defined } from '../core/defined.ts'
import type { JsonValue } from '../core/json.ts'
import type { Diagnostic, Source } from '../core/source.ts'
import { standardKinds } from '../kinds/index.ts'
import type { TaskKinds } from '../kinds/kind.ts'
import type { KnownInput, KnownTool } from '../kinds/shared/tool-reference.ts'
import type { TreeIr } from '../template/index.ts'
import { checkEvents, type KnownListeners } from './checks/check-events.ts'
import { checkChildInputs, checkToolInputs } from './checks/check-input.ts'
import { checkLevelFlow } from './checks/check-flow.ts'
import {
  alwaysRoots,
  checkFieldScope,
  checkLevelScope,
  checkMetricScope,
  finishedTasks,
} from './checks/check-scope.ts'
import { checkTimers } from './checks/check-timers.ts'
import { compileTasks } from './compile-tasks.ts'
import { compileMetric, type MetricDeclaration, type MetricRead } from './compile-metrics.ts'
import { compileTask, type CompilerContext } from './compile-task.ts'
import { compileCondition, compileTemplateTree } from './compile-template.ts'
import type { WorkflowIr } from '../definition/workflow-ir.ts'
import { readFields } from '../schema/read-mapping.ts'
import { createReport, type Report } from '../schema/report.ts'
import type { ShapeValues } from '../schema/shape.ts'
import type { PlacedMetric, TaskLevel } from './task-tree.ts'
import { workflowFields, workflowNames } from './shapes/workflow-shape.ts'

/** A workflow file after reading: keys are checked, tasks and references are not. */
export interface WorkflowFile {
  readonly report: Report
  readonly source: Source
  /** The values of its top level, without invalid ones. */
  readonly values: ShapeValues<Omit<typeof workflowFields, 'tasks' | 'outputs' | 'metrics'>>
  readonly tasks: JsonValue | undefined
  readonly outputs?: TreeIr
  readonly metrics: readonly MetricRead[]
}

/** What a workflow needs of the rest of its project to be compiled. */
export interface CompileContext {
  readonly project: { readonly name: string; readonly version?: string }
  /** Variables that its templates see and its tools get: the project's, then its own. */
  readonly env: Readonly<Record<string, string>>
  /**
   * Tools of the project and of this workflow by key (`<tool id>`, `<workflow id>/<tool id>`), with
   * their limits.
   */
  readonly tools: ReadonlyMap<string, KnownTool>
  /** `runtime.tool_timeout`, ms. */
  readonly toolTimeoutMs: number
  /** Ids of all workflows of the project. */
  readonly workflows: readonly string[]
  /** Kinds that its tasks may have. Default: the standard ones. */
  readonly kinds?: TaskKinds
  /** JSON Schema of the workflow's input, its references resolved; absent: any input. */
  readonly inputSchema?: unknown
}

/** What is known of all workflows of a project. */
export interface OtherWorkflows {
  /** What each of them takes as its input, by id. */
  readonly inputs: ReadonlyMap<string, KnownInput>
  /** What listens for events; absent where a file could not be read. */
  readonly listeners?: KnownListeners | undefined
}

/**
 * Top-level tasks that a run may pass, each as often as it runs, unless `config.max_tasks` says
 * otherwise.
 */
const defaultMaxTasks = 10_000

/**
 * Reads the top level of a workflow file. Templates in it are parsed, its tasks are left for {@link
 * compileWorkflow}.
 */
export function readWorkflowFile(source: Source): WorkflowFile {
  const report = createReport(source)
  const values =
    readFields(workflowFields, source.value, [], workflowNames, {
      report,
      readTaskField: (field, value, path) => {
        if (field.is === 'tree') return compileTemplateTree(value, path, report)
        if (field.is === 'condition') return compileCondition(value, path, report)
        return value
      },
    }) ?? {}
  const { tasks, outputs, metrics, ...rest } = values
  // Shapes type a template by what is written; readTaskField has compiled it.
  const compiled = { outputs, metrics } as unknown as Pick<WorkflowFile, 'outputs' | 'metrics'>
  return { report, source, values: rest, tasks, ...compiled, metrics: compiled.metrics ?? [] }
}

/** Freezes a JSON value and all below it. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const inner of Object.values(value)) deepFreeze(inner)
  return value
}

/**
 * Compiles a workflow to the frozen JSON that its runs carry. `diagnostics` has all problems at
 * once; `definition` is absent if one is an error.
 */
export function compileWorkflow(
  file: WorkflowFile,
  context: CompileContext,
): {
  readonly definition?: WorkflowIr
  readonly metrics: readonly MetricDeclaration[]
  readonly diagnostics: readonly Diagnostic[]
  /** Checks what its tasks give to other workflows, once all of them are read. */
  readonly checkOthers: (others: OtherWorkflows) => void
} {
  const { report, values } = file
  const declared: MetricDeclaration[] = []
  const id = values.id ?? ''
  const taskContext: CompilerContext = {
    report,
    kinds: context.kinds ?? standardKinds,
    tools: { workflowId: id, tools: context.tools, timeoutMs: context.toolTimeoutMs },
    workflows: context.workflows,
    declare: (metric) => declared.push(metric),
  }
  const position = { path: ['tasks'], depth: 0, order: 'in_turn', named: 'the workflow' } as const
  const level: TaskLevel =
    file.tasks === undefined
      ? { ...position, nodes: [], skipped: new Set() }
      : compileTasks(file.tasks, position, taskContext, compileTask)
  const metrics = file.metrics.flatMap((read, i): readonly PlacedMetric[] => {
    const path = ['metrics', i]
    const compiled = compileMetric(read, path, report)
    if (compiled === undefined) return []
    declared.push(compiled.declaration)
    return compiled.ir.map((ir) => ({ ir, path }))
  })

  checkLevelFlow(level, report)
  checkToolInputs(level, context.tools, report)
  checkTimers(level, report)
  const envNames = new Set(Object.keys(context.env))
  const start = {
    roots: new Set<string>(alwaysRoots),
    tasks: new Map<string, 'ok' | 'never_before'>(),
    envNames,
    inputSchema: context.inputSchema,
  }
  checkLevelScope(level, start, 0, report)
  const end = { ...start, tasks: finishedTasks(level) }
  checkFieldScope(workflowFields.outputs, file.outputs, ['outputs'], end, report)
  const metricScope = { ...end, roots: new Set([...end.roots, 'output', 'error']) }
  for (const metric of metrics) checkMetricScope(metric, metricScope, report)

  const { diagnostics } = report
  const checkOthers = ({ inputs, listeners }: OtherWorkflows): void => {
    checkChildInputs(level, inputs, report)
    if (listeners !== undefined) checkEvents(level, listeners, report)
  }
  if (diagnostics.some(({ severity }) => severity === 'error'))
    return { metrics: declared, diagnostics, checkOthers }
  const definition: WorkflowIr = defined({
    irVersion: 1,
    id,
    version: values.version,
    project: context.project,
    env: context.env,
    maxTasks: values.config?.max_tasks ?? defaultMaxTasks,
    tasks: level.nodes.map(({ ir }) => ir),
    outputs: file.outputs,
    metrics: metrics.length > 0 ? metrics.map(({ ir }) => ir) : undefined,
  })
  const frozen = deepFreeze(asJson(definition))
  return { definition: frozen, metrics: declared, diagnostics, checkOthers }
}

/** The definition as its runs receive it: plain JSON, without keys that are undefined. */
function asJson(definition: WorkflowIr): WorkflowIr {
  return JSON.parse(JSON.stringify(definition)) as WorkflowIr
}
