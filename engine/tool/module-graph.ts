import { execFile } from 'node:child_process'
import { realpathSync, statSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { resolutionFlags } from './deno-flags.ts'

const run = promisify(execFile)

/** The files of a tool: its module and all that it imports, directly or not. */
export interface ModuleGraph {
  /** Absolute paths of the files that the tool may import. */
  readonly importable: readonly string[]
  /** Whether a file was changed, removed or added since. */
  readonly isStale: () => boolean
}

/** Where and how a graph is read. */
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

/** The file that `file` really is; one that does not exist stays as it is, and Deno says that it is missing. */
function real(file: string): string {
  try {
    return realpathSync(file)
  } catch {
    return file
  }
}

/**
 * Whether a tool may import `file`: it lies in the project folder, a link to it does not lead out, and no part of its
 * path is hidden (`.env`, `.git`, `.compozy`).
 */
function mayImport(file: string, projectDir: string): boolean {
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
 * Asks Deno for the module graph of a tool. A tool has no read permission of its own, but Deno checks imports by it:
 * so exactly the files that a tool names in its imports are opened to it, and nothing else of the project.
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
    importable: files.filter((name) => mayImport(name, projectDir)),
    isStale: () => [...stamps].some(([name, known]) => stamp(name) !== known),
  }
}
