import { reportReservedId } from './reserved-id.ts'
import type { JsonValue } from '../core/json.ts'
import { defined } from '../core/defined.ts'
import { placedText, type Path, type PlacedText } from '../core/source.ts'
import type { KnownTool } from '../kinds/shared/tool-reference.ts'
import type { Report } from '../schema/report.ts'
import type { ShapeValues } from '../schema/shape.ts'
import type { toolFields } from '../compiler/shapes/workflow-shape.ts'
import type { FoundModule } from './files/find-module.ts'
import type { ModuleFiles } from './files/module-files.ts'
import { resolveEnv, type Variables } from './env.ts'
import type { Tool } from './project.ts'
import type { SchemaReader } from './schemas/schema-reader.ts'

/** The folder whose `tools:` are read: a workflow file's, or that of compozy.yaml. */
export interface ToolOwner {
  /** Goes before the ids of its tools: `<workflow id>/`, or nothing for the project's. */
  readonly prefix: string
  /** Absolute folder of the file that declares them. */
  readonly folder: string
  readonly modules: ModuleFiles
  readonly report: Report
  readonly schemas: SchemaReader
  /** What `{{ .env.X }}` reads in their `env`. */
  readonly outer: Variables
}

/** The module that `execute` names; a problem is reported. */
function moduleOf(
  execute: string,
  path: Path,
  { report, folder, modules }: ToolOwner,
): FoundModule | undefined {
  const module = modules.find(execute, folder)
  if ('file' in module) return module
  const { message, hint } = module
  report.error(path, message, { hint })
  return undefined
}

function readTool(
  read: ShapeValues<typeof toolFields>,
  path: Path,
  owner: ToolOwner,
): Tool | undefined {
  const { report, schemas, outer, prefix } = owner
  const { id, execute, description, timeout, secrets = [] } = read
  const input = schemas.read(read.input, [...path, 'input'], 'check')
  const output = schemas.read(read.output, [...path, 'output'], 'check')
  const env = resolveEnv(read.env, [...path, 'env'], outer, report)
  const module = execute === undefined ? undefined : moduleOf(execute, [...path, 'execute'], owner)
  for (const [i, name] of secrets.entries())
    if (Object.hasOwn(env, name))
      report.error([...path, 'secrets', i], `"${name}" is in env and in secrets`, {
        hint: 'keep one of them',
      })
  if (id === undefined || execute === undefined || module === undefined) return undefined
  return defined({
    key: `${prefix}${id}`,
    id,
    description,
    ...module,
    execute,
    timeoutMs: timeout,
    env,
    secrets,
    inputSchema: input?.schema,
    outputSchema: output?.schema,
    checkInput: (value: JsonValue) => input?.check.violations(value) ?? [],
    checkOutput: (value: JsonValue) => output?.check.violations(value) ?? [],
  })
}

/** Where a file names the module of a tool. */
export type ModuleName = PlacedText

/** Reads a `tools:` section and reports problems. The name of an invalid tool stays known. */
export function readTools(
  entries: readonly ShapeValues<typeof toolFields>[] | undefined,
  owner: ToolOwner,
): {
  readonly tools: readonly Tool[]
  readonly known: ReadonlyMap<string, KnownTool>
  /** By the key of the tool. */
  readonly moduleNames: ReadonlyMap<string, ModuleName>
} {
  const tools: Tool[] = []
  const known = new Map<string, KnownTool>()
  const moduleNames = new Map<string, ModuleName>()
  const { source } = owner.report
  for (const [i, read] of (entries ?? []).entries()) {
    const path = ['tools', i]
    const key = `${owner.prefix}${read.id ?? ''}`
    reportReservedId(read.id, [...path, 'id'], 'tool', owner.report)
    if (read.id !== undefined && known.has(key))
      owner.report.error([...path, 'id'], `the tool id "${read.id}" is used twice in this file`)
    const tool = readTool(read, path, owner)
    const { inputSchema, checkInput: violations } = tool ?? {}
    if (read.id !== undefined)
      known.set(key, defined({ timeoutMs: read.timeout, inputSchema, violations }))
    if (tool === undefined) continue
    tools.push(tool)
    moduleNames.set(key, placedText(source, [...path, 'execute']))
  }
  return { tools, known, moduleNames }
}
