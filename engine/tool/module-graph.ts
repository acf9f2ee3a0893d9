import { execFile } from 'node:child_process'
import { realpathSync, statSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { resolutionFlags } from './deno-flags.ts'

const run = promisify(execFile)

/** The files of a tool: its module and its imports, direct and indirect. */
export interface ModuleGraph {
  /** Absolute paths of the files that the tool may import. */
  readonly importable: readonly string[]
  /** Reports whether a file has changed, appeared or disappeared since. */
  readonly isStale: () => boolean
}

/** How to read a module graph. */
export interface GraphInput {
  readonly deno: string
  readonly file: string
  readonly projectDir: string
  readonly nodeModules: boolean
  readonly env: Readonly<Record<string, string>>
}

function stamp(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false })
  return found === undefined ? '' : `${found.mtimeMs}:${found.size}`
}

/** Resolves links. A path that does not exist stays as it is: Deno reports it as missing. */
function real(file: string): string {
  try {
    return realpathSync(file)
  } catch {
    return file
  }
}

/**
 * Reports whether a tool may import `file`: it is in the project folder, links do not lead out of it,
 * and no part of its path is hidden (`.env`, `.git`, `.compozy`).
 */
function isImportable(file: string, projectDir: string): boolean {
  const inside = (folder: string, name: string) => {
    const relative = path.relative(folder, name)
    const parts = relative.split(path.sep)
    return (
      relative !== '' && !path.isAbsolute(relative) && !parts.some((part) => part.startsWith('.'))
    )
  }
  return (
    inside(projectDir, file) &&
    (inside(projectDir, real(file)) || inside(real(projectDir), real(file)))
  )
}

/**
 * Returns the module graph of a tool, as Deno sees it. Deno checks imports by the read permission, so
 * the tool gets read access to exactly the files that its imports name.
 */
export async function readModuleGraph(
  input: GraphInput,
  options: { signal: AbortSignal },
): Promise<ModuleGraph> {
  const { deno, file, projectDir, nodeModules, env } = input
  const { stdout } = await run(
    deno,
    ['info', '--json', ...resolutionFlags(nodeModules), pathToFileURL(file).href],
    {
      cwd: projectDir,
      env: { ...env },
      maxBuffer: 256 << 20,
      signal: options.signal,
    },
  )
  const { modules } = JSON.parse(stdout) as { modules: readonly { specifier: string }[] }
  const files = modules
    .map(({ specifier }) => specifier)
    .filter((specifier) => specifier.startsWith('file:'))
    .map((specifier) => fileURLToPath(specifier))
  const stamps = new Map(files.map((name) => [name, stamp(name)]))
  return {
    importable: files.filter((name) => isImportable(name, projectDir)),
    isStale: () => [...stamps].some(([name, known]) => stamp(name) !== known),
  }
}
