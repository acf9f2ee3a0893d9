import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { didYouMean, listNames } from '../../core/nearest.ts'
import type { Diagnostic } from '../../core/source.ts'
import { readBounded } from '../../project/files/bounded-file.ts'
import { missingModuleHint } from '../../project/files/missing-module.ts'
import { findDeno } from './binary.ts'
import { followImports, type MissingImport, type Modules } from './follow-imports.ts'
import { type ListedModule, listModules } from './list-modules.ts'
import { listedFailure, syntaxFailures, type SyntaxFailure } from './syntax-failures.ts'
import { readToolExports } from './tool-exports.ts'

/** A tool as far as its module goes; `engine/project` has the rest. */
interface CheckedTool {
  /** Absolute path of the module. */
  readonly file: string
  /** As the project names it: `./tools/price.ts#total`. */
  readonly execute: string
  readonly exportName?: string
  /** Where the project names the module. */
  readonly named: Pick<Diagnostic, 'place' | 'excerpt'>
}

/** The project of the tools. */
interface ToolSurroundings {
  readonly projectDir: string
  readonly nodeModules: boolean
  /** The folder that the files in the errors are relative to. */
  readonly cwd: string
  readonly signal?: AbortSignal
}

/** Characters of the module that imports the tools: the length of an argument is limited. */
const rootCharacters = 64_000

/** How long Deno may take to list the modules of that many tools, ms: one may be a pipe. */
const timeoutMs = 10_000

/** Files that are parsed; JSON is data. */
const codeName = /\.(?:[mc]?[jt]s|[jt]sx)$/

/**
 * Checks the modules of tools: that they parse and export the tool, and that the files of the
 * project that they import are there and parse. No code runs, and only what fails at each call is
 * an error. Where Deno cannot be had nothing is checked: the start of the engine reports that.
 */
export async function checkTools(
  tools: Iterable<CheckedTool>,
  surroundings: ToolSurroundings,
): Promise<readonly Diagnostic[]> {
  const { projectDir, cwd, signal } = surroundings
  signal?.throwIfAborted()
  const all = [...tools]
  const deno = findDenoIfAny()
  if (deno === undefined || all.length === 0) return []
  const own = [...new Set(all.map(({ file }) => file))]
  const stop = signal === undefined ? {} : { signal }
  const [modules, ownFailures] = await Promise.all([
    modulesOf(own, deno, surroundings),
    syntaxFailures(deno, own, stop),
  ])
  const { files, missing } = followImports(own, modules, projectDir)
  const imported = [...files.keys()].slice(own.length).filter((file) => codeName.test(file))
  const failures = new Map([...ownFailures, ...(await syntaxFailures(deno, imported, stop))])
  for (const file of files.keys()) {
    // Its place is that of the run; fmt's column may be off.
    const failure = listedFailure(modules.get(pathToFileURL(file).href)?.error)
    if (failure !== undefined) failures.set(file, failure)
  }
  return [
    ...Array.from(failures, ([file, failure]) => unparsed(file, files.get(file)!, failure, cwd)),
    ...missing.map((each) => toMissing(each, cwd)),
    ...all.filter(({ file }) => !failures.has(file)).flatMap(exportErrors),
  ]
}

function findDenoIfAny(): string | undefined {
  try {
    return findDeno()
  } catch {
    return undefined
  }
}

/** Splits the URLs of modules into texts that import some of them. */
function rootsOf(files: readonly string[]): readonly string[] {
  const roots: string[] = []
  let text = ''
  for (const file of new Set(files)) {
    const line = encodeURIComponent(`import ${JSON.stringify(pathToFileURL(file).href)}\n`)
    if (text !== '' && text.length + line.length > rootCharacters) {
      roots.push(text)
      text = ''
    }
    text += line
  }
  return text === '' ? roots : [...roots, text]
}

/** Lists the modules of tools by their URLs, as far as Deno answers. */
async function modulesOf(
  files: readonly string[],
  deno: string,
  { projectDir, nodeModules, signal }: ToolSurroundings,
): Promise<Modules> {
  const modules = new Map<string, ListedModule>()
  // A folder below a file cannot be made: a check leaves no cache behind.
  const env = { NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1', DENO_DIR: path.join(deno, 'none') }
  for (const text of rootsOf(files)) {
    const root = `data:application/typescript,${text}`
    const input = { deno, root, projectDir, nodeModules, env, timeoutMs }
    const listed = await listModules(input, signal === undefined ? {} : { signal })
    for (const module of listed ?? []) modules.set(module.specifier, module)
  }
  return modules
}

function unparsed(file: string, tool: string, failure: SyntaxFailure, cwd: string): Diagnostic {
  const { reason, line, column } = failure
  const isTool = file === tool
  const diagnostic = errorAt(
    { file: path.relative(cwd, file), line, column, length: 1 },
    file,
    `this ${isTool ? 'tool' : 'file'} does not parse: ${reason}`,
  )
  const hint = `the tool ${path.relative(cwd, tool)} imports it`
  return isTool ? diagnostic : { ...diagnostic, hint }
}

function toMissing(
  { importer, missing, specifier, span: { start, end } }: MissingImport,
  cwd: string,
): Diagnostic {
  const length = start.line === end.line ? end.character - start.character : 1
  const place = { line: start.line + 1, column: start.character + 1, length }
  const message = `the imported file ${specifier} does not exist`
  return {
    ...errorAt({ file: path.relative(cwd, importer), ...place }, importer, message),
    hint: missingModuleHint(missing),
  }
}

function exportErrors({ file, execute, exportName, named }: CheckedTool): readonly Diagnostic[] {
  const bytes = readBounded(file)
  const exports =
    bytes === undefined || isWide(bytes) ? undefined : readToolExports(bytes.toString('utf8'))
  const wanted = exportName === undefined ? ['default', 'run'] : [exportName]
  if (exports === undefined || wanted.some((name) => exports.mayHave(name))) return []
  const { names } = exports
  const [first] = names
  const module = path.basename(file)
  const message =
    exportName === undefined
      ? `${module} has neither a default export nor an export "run"`
      : `${module} has no export "${exportName}"${didYouMean(exportName, names)}`
  const example = exportName === undefined ? `; write ${execute}#${first}` : ''
  const hint =
    first === undefined ? 'it exports nothing' : `it exports ${listNames(names)}${example}`
  return [{ severity: 'error', ...named, message, hint }]
}

/** Reports whether a file may be in UTF-16, which Deno reads by its byte order mark. */
function isWide(bytes: Buffer): boolean {
  const mark = bytes.subarray(0, 2).toString('hex')
  return mark === 'fffe' || mark === 'feff' || bytes.includes(0)
}

function errorAt(place: Diagnostic['place'], file: string, message: string): Diagnostic {
  const text = readBounded(file)?.toString('utf8') ?? ''
  return { severity: 'error', place, message, excerpt: text.split(/\r?\n/)[place.line - 1] ?? '' }
}
