import { defined } from '../core/defined.ts'
import { reportReservedId } from './reserved-id.ts'
import { dirname, join, relative, resolve } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { Diagnostic, PlacedText, Source } from '../core/source.ts'
import type { KnownListener, KnownListeners } from '../compiler/checks/check-events.ts'
import { deepFreeze, readWorkflowFile, type WorkflowFile } from '../compiler/compile-workflow.ts'
import { standardKinds } from '../kinds/index.ts'
import type { TaskKinds } from '../kinds/kind.ts'
import { readFields } from '../schema/read-mapping.ts'
import { createReport, type Report } from '../schema/report.ts'
import { readDotEnv } from './dot-env.ts'
import { readBounded, whyUnreadable } from './files/bounded-file.ts'
import { outerVariables, resolveEnv, type Variables } from './env.ts'
import { findWorkflowFiles, type NamedFile } from './files/find-workflow-files.ts'
import { ModuleFiles } from './files/module-files.ts'
import { createSchemaCompiler } from './schemas/validation/schema-compiler.ts'
import { loadWorkflow, type WorkflowSurroundings } from './load-workflow.ts'
import { mergeMetrics } from './merge-metrics.ts'
import { missingProject, projectFile } from './missing-project.ts'
import { checkPermissions } from './permissions.ts'
import { projectFields, projectNames } from './project-shape.ts'
import type { Project, ToolRuntime } from './project.ts'
import { collectSchemas } from './schemas/schema-reference.ts'
import { createSchemaReader } from './schemas/schema-reader.ts'
import { readTools, type ModuleName } from './tools.ts'
import { readSource } from './yaml/read-source.ts'

/** What loading takes from outside the project's folder. */
export interface LoadOptions {
  /** The process environment, for `{{ .env.NAME }}` in `env:` sections. */
  readonly env: Readonly<Record<string, string | undefined>>
  /**
   * Folder that the user stands in: file names in diagnostics are relative to it. Default: the
   * project's.
   */
  readonly cwd?: string
  /** Kinds that tasks may have. Default: the standard ones. */
  readonly kinds?: TaskKinds
  /**
   * Called with the modules of tools once all files are read, before the workflows are compiled:
   * what looks at the modules may begin. The project may still turn out unsound.
   */
  readonly onModules?: (modules: NamedModules) => void
}

/** The modules that the tools of a project name. */
export interface NamedModules {
  readonly projectDir: string
  /** Absolute, each once: those that are there. */
  readonly files: readonly string[]
  /** Whether tools may import from `node_modules`. */
  readonly nodeModules: boolean
}

/**
 * A project, or everything that is wrong with it; `source` is its compozy.yaml as far as that could
 * be read. `config/` reads the sections `server temporal worker monitoring` from it.
 */
export type LoadResult =
  | {
      readonly project: Project
      readonly source: Source
      /** Where the files name the modules of tools, by the keys of the tools. */
      readonly moduleNames: ReadonlyMap<string, ModuleName>
      /** Where the files have objectives for duration, by the ids of the workflows. */
      readonly durationObjectives: ReadonlyMap<string, PlacedText>
    }
  | { readonly diagnostics: readonly Diagnostic[]; readonly source?: Source }

function readRuntime(read: { runtime?: Record<string, unknown> }, report: Report): ToolRuntime {
  const runtime = (read.runtime ?? {}) as {
    permissions?: readonly string[]
    tool_timeout?: number
    max_tool_processes?: number
    memory_mb?: number
    node_modules?: boolean
  }
  return {
    permissions: checkPermissions(runtime.permissions ?? [], ['runtime', 'permissions'], report),
    toolTimeoutMs: runtime.tool_timeout ?? 60_000,
    maxToolProcesses: runtime.max_tool_processes ?? 4,
    memoryMb: runtime.memory_mb ?? 256,
    nodeModules: runtime.node_modules ?? false,
  }
}

/** Reads all workflow files; those that are no YAML only leave diagnostics. */
async function readWorkflows(files: readonly NamedFile[]): Promise<{
  read: readonly { file: NamedFile; workflow: WorkflowFile }[]
  diagnostics: readonly Diagnostic[]
}> {
  const read: { file: NamedFile; workflow: WorkflowFile }[] = []
  const diagnostics: Diagnostic[] = []
  for (const file of files) {
    await setImmediate()
    const bytes = readBounded(file.absolute)
    const why = bytes === undefined ? whyUnreadable(file.absolute) : undefined
    const result = readSource(file.file, bytes, why)
    diagnostics.push(...result.diagnostics)
    if (result.source !== undefined) read.push({ file, workflow: readWorkflowFile(result.source) })
  }
  return { read, diagnostics }
}

/** Finds the modules of all tools; the workflows look them up again when they are compiled. */
async function findModules(
  read: readonly { file: NamedFile; workflow: WorkflowFile }[],
  modules: ModuleFiles,
): Promise<void> {
  for (const { file, workflow } of read) {
    const { tools = [] } = workflow.values
    if (tools.length > 0) await setImmediate()
    for (const { execute } of tools)
      if (execute !== undefined) modules.find(execute, dirname(file.absolute))
  }
}

function checkUniqueIds(read: readonly { file: NamedFile; workflow: WorkflowFile }[]): void {
  const seen = new Map<string, string>()
  for (const { file, workflow } of read) {
    const { id } = workflow.values
    reportReservedId(id, ['id'], 'workflow', workflow.report)
    const first = id === undefined ? undefined : seen.get(id)
    if (first !== undefined)
      workflow.report.error(['id'], `the workflow id "${id}" is used twice`, {
        hint: `first in ${first}`,
      })
    else if (id !== undefined) seen.set(id, file.file)
  }
}

function byEvent(listeners: readonly KnownListener[]): KnownListeners {
  const grouped = new Map<string, KnownListener[]>()
  for (const listener of listeners) {
    const { event } = listener
    const others = grouped.get(event)
    if (others === undefined) grouped.set(event, [listener])
    else others.push(listener)
  }
  return grouped
}

/**
 * Loads the project in a folder: compozy.yaml, the workflows, tools and schemas that it names.
 * Nothing is run and nothing outside is asked. Either everything is sound and comes back frozen, or
 * all errors of all files come back at once, each with its place. Between files and schemas, other
 * work of the event loop goes on.
 */
export async function loadProject(dir: string, options: LoadOptions): Promise<LoadResult> {
  const root = resolve(dir)
  const cwd = options.cwd ?? root
  const show = (file: string): string => relative(cwd, join(root, file)) || file
  const shown = <T extends PlacedText>(found: T): T => ({
    ...found,
    place: { ...found.place, file: show(found.place.file) },
  })

  const bytes = readBounded(join(root, projectFile))
  if (bytes === undefined) return { diagnostics: await missingProject(root, show(projectFile)) }
  const { source, diagnostics: syntax } = readSource(show(projectFile), bytes)
  if (source === undefined) return { diagnostics: syntax }

  const report = createReport(source)
  const values = readFields(projectFields, source.value, [], projectNames, { report }) ?? {}
  const dotEnv = readDotEnv(root)
  const outer: Variables = outerVariables(options.env, dotEnv.variables)
  const env = resolveEnv(values.env, ['env'], outer, report)
  const runtime = readRuntime(values, report)
  const compiler = createSchemaCompiler()
  const projectSchemas = {
    schemas: collectSchemas(values.schemas, report),
    document: source.value,
  }
  const schemas = createSchemaReader(
    { file: projectSchemas, project: projectSchemas },
    compiler,
    report,
  )
  for (const [i, { id: _id, ...schema }] of (values.schemas ?? []).entries()) {
    await setImmediate()
    schemas.read(schema, ['schemas', i], 'input')
  }
  const toolOuter = { ...env, ...outer }
  const modules = new ModuleFiles(root)
  const owner = { prefix: '', folder: root, modules, report, schemas, outer: toolOuter }
  const shared = readTools(values.tools, owner)

  const files = await findWorkflowFiles(values.workflows ?? [], root, report)
  if (values.workflows === undefined || values.workflows.length === 0)
    report.warning([], 'the project has no workflows', {
      hint: 'workflows: [{source: ./workflow.yaml}]',
    })
  const { read, diagnostics: unread } = await readWorkflows(files)
  checkUniqueIds(read)
  await findModules(read, modules)
  const { nodeModules } = runtime
  options.onModules?.({ projectDir: root, files: modules.found, nodeModules })
  const project = defined({
    name: values.name ?? '',
    version: values.version,
  })
  const around: WorkflowSurroundings = {
    project,
    env,
    outer,
    projectSchemas,
    globalTools: shared.known,
    toolTimeoutMs: runtime.toolTimeoutMs,
    workflowIds: read.flatMap(({ workflow }) => workflow.values.id ?? []),
    compiler,
    modules,
    kinds: options.kinds ?? standardKinds,
  }
  const loaded = []
  for (const { file, workflow } of read) {
    await setImmediate()
    loaded.push(await loadWorkflow(workflow, file, around))
  }
  const inputs = new Map(
    loaded.flatMap(({ input }) => (input === undefined ? [] : [[input.id, input] as const])),
  )
  const isComplete = read.length === files.length
  const listeners = isComplete ? byEvent(loaded.flatMap((each) => each.listeners)) : undefined
  for (const { checkOthers } of loaded) checkOthers({ inputs, listeners })
  const metrics = mergeMetrics(loaded.flatMap((each) => each.metrics))

  const diagnostics = [
    ...report.diagnostics,
    ...[
      ...dotEnv.diagnostics,
      ...unread,
      ...read.flatMap(({ workflow }) => workflow.report.diagnostics),
    ].map(shown),
  ]
  if (diagnostics.some(({ severity }) => severity === 'error')) return { diagnostics, source }
  const tools = [...shared.tools, ...loaded.flatMap((each) => each.tools)]
  const result: Project = defined({
    ...project,
    description: values.description,
    dir: root,
    runtime: deepFreeze(runtime),
    workflows: new Map(
      loaded.flatMap(({ workflow }) =>
        workflow === undefined ? [] : [[workflow.id, workflow] as const],
      ),
    ),
    tools: new Map(tools.map((tool) => [tool.key, deepFreeze(tool)])),
    metrics: deepFreeze(metrics),
    warnings: deepFreeze(diagnostics),
  })
  const moduleNames = new Map([
    ...shared.moduleNames,
    ...loaded
      .flatMap((each) => [...each.moduleNames])
      .map(([key, name]) => [key, shown(name)] as const),
  ])
  const durationObjectives = new Map(
    loaded.flatMap(({ workflow, durationObjective: found }) =>
      workflow === undefined || found === undefined ? [] : [[workflow.id, shown(found)] as const],
    ),
  )
  return { project: Object.freeze(result), source, moduleNames, durationObjectives }
}
