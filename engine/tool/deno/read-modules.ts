import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { findDeno } from './binary.ts'
import { followImports, type Imports, type Modules } from './follow-imports.ts'
import { type ListedModule, listModules } from './list-modules.ts'
import { listedFailure, syntaxFailures, type SyntaxFailure } from './syntax-failures.ts'

/** The modules of the tools of a project. */
interface ToolModules {
  /** Absolute, each once. */
  readonly files: readonly string[]
  readonly projectDir: string
  readonly nodeModules: boolean
  readonly signal?: AbortSignal
}

/** What Deno says of the modules of tools, and of the files of the project that they import. */
export interface ModuleReading extends Imports {
  /** Why files do not parse. */
  readonly failures: ReadonlyMap<string, SyntaxFailure>
}

/** Characters of the module that imports the tools: the length of an argument is limited. */
const rootCharacters = 64_000

/** How long Deno may take to list the modules of that many tools, ms: one may be a pipe. */
const timeoutMs = 10_000

/** Files that are parsed; JSON is data. */
const codeName = /\.(?:[mc]?[jt]s|[jt]sx)$/

/**
 * Lets Deno parse the modules of tools and what they import. No code runs. Undefined where Deno
 * cannot be had: the start of the engine reports that.
 * @throws the reason of the signal
 */
export async function readModules(modules: ToolModules): Promise<ModuleReading | undefined> {
  const { files: own, projectDir, signal } = modules
  signal?.throwIfAborted()
  const deno = findDenoIfAny()
  if (deno === undefined) return undefined
  const stop = signal === undefined ? {} : { signal }
  const [listed, ownFailures] = await Promise.all([
    listAll(deno, modules),
    syntaxFailures(deno, own, stop),
  ])
  const { files, missing } = followImports(own, listed, projectDir)
  const imported = [...files.keys()].slice(own.length).filter((file) => codeName.test(file))
  const failures = new Map([...ownFailures, ...(await syntaxFailures(deno, imported, stop))])
  for (const file of files.keys()) {
    // Its place is that of the run; fmt's column may be off.
    const failure = listedFailure(listed.get(pathToFileURL(file).href)?.error)
    if (failure !== undefined) failures.set(file, failure)
  }
  return { files, missing, failures }
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
  for (const file of files) {
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
async function listAll(
  deno: string,
  { files, projectDir, nodeModules, signal }: ToolModules,
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
