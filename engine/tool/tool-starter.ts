import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { denoFlags } from './deno-flags.ts'
import { prepareDenoFolder } from './deno-folder.ts'
import { type ModuleGraph, readModuleGraph } from './module-graph.ts'
import type { ToolModule } from './runner.ts'
import { startToolProcess, type ToolProcess } from './tool-process.ts'

/** What is the same for every process of a project. */
export interface StarterOptions {
  readonly deno: string
  readonly projectDir: string
  readonly permissions: readonly string[]
  readonly memoryMb: number
  readonly nodeModules: boolean
  readonly outputLimitBytes: number
}

/** One process to start: a tool, its declared environment and those of its secrets that are set. */
export interface StartInput {
  readonly tool: ToolModule
  readonly env: Readonly<Record<string, string>>
  readonly secrets: Readonly<Record<string, string>>
}

/** A process that knows whether its code is still what the files say. */
export interface ToolInstance extends ToolProcess {
  readonly isStale: () => boolean
}

/**
 * The sandbox's program as a `data:` address: Deno then needs no file of the engine's own, wherever that is installed
 * (of files under `node_modules` it would not even strip types).
 */
function readSandbox(): string {
  const source = readFileSync(new URL('./sandbox/bootstrap.ts', import.meta.url))
  return `data:application/typescript;base64,${source.toString('base64')}`
}

/**
 * Starts processes for the tools of a project. Which files a tool imports is read once, and again when one of them
 * has changed.
 */
export function createToolStarter(
  options: StarterOptions,
): (input: StartInput, call: { signal: AbortSignal }) => Promise<ToolInstance> {
  const { deno, projectDir, permissions, memoryMb, nodeModules, outputLimitBytes } = options
  const sandbox = readSandbox()
  const base: Record<string, string> = {
    DENO_DIR: prepareDenoFolder(projectDir),
    DENO_NO_UPDATE_CHECK: '1',
    NO_COLOR: '1',
    // Without it Windows opens no socket.
    ...(process.platform === 'win32' && { SystemRoot: process.env['SystemRoot'] ?? 'C:\\Windows' }),
  }
  const graphs = new Map<string, ModuleGraph>()

  return async ({ tool, env, secrets }, { signal }) => {
    let graph = graphs.get(tool.file)
    if (graph === undefined || graph.isStale()) {
      graph = await readModuleGraph(
        { deno, file: tool.file, projectDir, nodeModules, env: base },
        { signal },
      )
      graphs.set(tool.file, graph)
    }
    signal.throwIfAborted()
    const { importable, isStale } = graph
    const variables = [...Object.keys(env), ...tool.secrets]
    const flags = denoFlags({ permissions, importable, variables, memoryMb, nodeModules })
    const started = startToolProcess({
      deno,
      args: [...flags, sandbox],
      cwd: projectDir,
      env: { ...env, ...secrets, ...base },
      init: {
        module: pathToFileURL(tool.file).href,
        exportName: tool.exportName ?? null,
        outputLimitBytes,
      },
      memoryMb,
    })
    return { ...started, isStale }
  }
}
