import { reportReservedId } from './reserved-id.ts'
import { extname, isAbsolute, join, relative, resolve } from 'node:path'
import type { JsonValue } from '../core/json.ts'
import { defined } from '../core/defined.ts'
import { placedText, type Path, type PlacedText } from '../core/source.ts'
import type { KnownTool } from '../kinds/shared/tool-reference.ts'
import type { Report } from '../schema/report.ts'
import type { ShapeValues } from '../schema/shape.ts'
import type { toolFields } from '../compiler/shapes/workflow-shape.ts'
import { isInside } from './files/bounded-file.ts'
import { missingModuleHint, moduleExtensions } from './files/missing-module.ts'
import type { ModuleFiles } from './files/module-files.ts'
import { resolveEnv, type Variables } from './env.ts'
import type { Tool } from './project.ts'
import type { SchemaReader } from './schemas/schema-reader.ts'

const exportPattern = /^[A-Za-z_$][\w$]*$/

/** The folder whose `tools:` are read: a workflow file's, or that of compozy.yaml. */
export interface ToolOwner {
  /** Goes before the ids of its tools: `<workflow id>/`, or nothing for the project's. */
  readonly prefix: string
  /** Absolute folder of the file that declares them. */
  readonly folder: string
  readonly projectDir: string
  readonly modules: ModuleFiles
  readonly report: Report
  readonly schemas: SchemaReader
  /** What `{{ .env.X }}` reads in their `env`. */
  readonly outer: Variables
}

/**
 * The module that `execute` names: beside the file that declares the tool, else beside
 * compozy.yaml.
 */
function findModule(
  execute: string,
  path: Path,
  owner: ToolOwner,
): { file: string; exportName?: string; sha256: string } | undefined {
  const { report, folder, projectDir, modules } = owner
  const [name = '', exportName, ...more] = execute.split('#')
  const refuse = (message: string, hint: string): undefined =>
    report.error(path, message, { hint }) as undefined
  if (/^[a-z][a-z\d+.-]+:/i.test(name))
    return refuse(
      `"${execute}" is a URL`,
      'a tool is a file of the project, such as ./tools/price.ts',
    )
  if (!moduleExtensions.includes(extname(name)))
    return refuse(
      `"${execute}" is no module`,
      `a file that ends in ${moduleExtensions.join(', ')}, such as ./tools/price.ts`,
    )
  if (more.length > 0 || (exportName !== undefined && !exportPattern.test(exportName)))
    return refuse(
      `"${execute}" names no export that can be`,
      'write ./file.ts#name, or ./file.ts for the default export or "run"',
    )
  if (isAbsolute(name))
    return refuse(`"${execute}" is an absolute path`, 'write it relative to this file')
  const outside = () =>
    refuse(`${name} is outside the project`, 'a tool lies in the folder of compozy.yaml or below')
  const candidates = [resolve(folder, name), resolve(projectDir, name)].filter((each) =>
    isInside(projectDir, each),
  )
  if (candidates.length === 0) return outside()
  const found = candidates.map((each) => modules.realPath(each)).find((each) => each !== undefined)
  if (found === undefined)
    return refuse(`the file ${name} does not exist`, missingModuleHint(candidates[0]!))
  // A symbolic link may lead out of the project even if its name does not.
  const root = modules.realPath(projectDir) ?? projectDir
  if (!isInside(root, found)) return outside()
  const file = join(projectDir, relative(root, found))
  const sha256 = modules.sha256(file)
  if (sha256 === undefined)
    return refuse(`${name} can't be read`, 'a regular file of at most 10 MiB?')
  return defined({ file, sha256, exportName })
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
  const module =
    execute === undefined ? undefined : findModule(execute, [...path, 'execute'], owner)
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
