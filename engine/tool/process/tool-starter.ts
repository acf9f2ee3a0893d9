import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import type { JsonObject } from '../../core/json.ts'
import { denoFlags } from '../deno/flags.ts'
import { prepareDenoFolder } from '../deno/folder.ts'
import { labelValueCharacters, toolObservationsLimit } from '../../core/custom-metric.ts'
import { errorLimits, toolLimits } from '../limits.ts'
import { type ModuleGraph, readModuleGraph } from '../deno/module-graph.ts'
import type { Endpoint } from '../deno/own-endpoints.ts'
import type { ToolModule } from '../runner.ts'
import type { ConsoleLog } from './console-log.ts'
import { startToolProcess, type ToolProcess } from './tool-process.ts'

/** What is the same for every process of a project. */
export interface StarterOptions {
  readonly deno: string
  readonly projectDir: string
  readonly permissions: readonly string[]
  readonly memoryMb: number
  readonly nodeModules: boolean
  readonly outputLimitBytes: number
  readonly loadLimitMs: number
  readonly ownEndpoints?: () => readonly Endpoint[]
}

/** One process to start: a tool, its declared environment and those of its secrets that are set. */
export interface StartInput {
  readonly tool: ToolModule
  readonly env: Readonly<Record<string, string>>
  readonly secrets: Readonly<Record<string, string>>
  readonly openOutside: () => ConsoleLog
}

/** A process that knows whether its code is still what the files say, and has memory left. */
export interface ToolInstance extends ToolProcess {
  readonly isStale: () => boolean
  /** Whether it may import nothing, because Deno could not list what its tool imports. */
  readonly lacksImports: boolean
}

/**
 * Returns the program of the tool sandbox as a `data:` URL, with its imports replaced by such URLs.
 * Deno then needs no file of the engine's; under `node_modules` it would not strip types. Linux
 * takes at most 128 KiB as one argument, so comments, types' imports and indents are left out.
 */
function readProgram(name: string): string {
  const source = readFileSync(new URL(`../sandbox/${name}`, import.meta.url), 'utf8')
  const program = source
    .split('\n')
    .filter((line) => !/^\s*(?:\/\/|\/?\*)|^import type /.test(line))
    .map((line) => line.trimStart())
    .join('\n')
    .replace(/ from '\.\/([\w-]+\.ts)'/g, (_, file: string) => ` from '${readProgram(file)}'`)
  return `data:application/typescript;base64,${Buffer.from(program).toString('base64')}`
}

/** Environment of every process of Deno's. */
function baseEnvironment(projectDir: string): Record<string, string> {
  const base: Record<string, string> = {
    DENO_DIR: prepareDenoFolder(projectDir),
    DENO_NO_UPDATE_CHECK: '1',
    NO_COLOR: '1',
  }
  // Without it Windows opens no socket.
  if (process.platform === 'win32') base['SystemRoot'] = process.env['SystemRoot'] ?? 'C:\\Windows'
  return base
}

/**
 * Starts processes for the tools of a project. Keeps each module graph until a file of it changes.
 */
class ToolStarter {
  readonly #options: StarterOptions
  readonly #program = readProgram('bootstrap.ts')
  readonly #base: Record<string, string>
  readonly #graphs = new Map<string, ModuleGraph>()

  constructor(options: StarterOptions) {
    this.#options = options
    this.#base = baseEnvironment(options.projectDir)
  }

  async start(
    { tool, env, secrets, openOutside }: StartInput,
    signal: AbortSignal,
  ): Promise<ToolInstance> {
    const { deno, projectDir, memoryMb, outputLimitBytes } = this.#options
    const graph = await this.#graphOf(tool.file, signal)
    signal.throwIfAborted()
    const variables = [...Object.keys(env), ...tool.secrets]
    const ownEndpoints = this.#options.ownEndpoints?.() ?? []
    const flags = denoFlags({
      ...this.#options,
      importable: graph.importable,
      variables,
      ownEndpoints,
    })
    const child = startToolProcess({
      deno,
      args: [...flags, this.#program],
      cwd: projectDir,
      env: { ...env, ...secrets, ...this.#base },
      init: this.#initOf(tool),
      memoryMb,
      outputLimitBytes,
      openOutside,
    })
    return withGraph(child, graph)
  }

  async #graphOf(file: string, signal: AbortSignal): Promise<ModuleGraph> {
    const known = this.#graphs.get(file)
    if (known !== undefined && !known.isDue()) return known
    const { deno, projectDir, nodeModules, loadLimitMs: timeoutMs } = this.#options
    const input = { deno, file, projectDir, nodeModules, env: this.#base, timeoutMs }
    const graph = await readModuleGraph(input, { signal })
    this.#graphs.set(file, graph)
    return graph
  }

  #initOf(tool: ToolModule): JsonObject {
    const { depth, consoleCharacters, exports } = toolLimits
    const outputBytes = this.#options.outputLimitBytes
    return {
      module: pathToFileURL(tool.file).href,
      exportName: tool.exportName ?? null,
      limits: {
        outputBytes,
        depth,
        consoleCharacters,
        exports,
        observations: toolObservationsLimit,
        labelCharacters: labelValueCharacters,
        error: { ...errorLimits },
      },
    }
  }
}

function withGraph(child: ToolProcess, { isStale, isUnread }: ModuleGraph): ToolInstance {
  return {
    pid: child.pid,
    exited: child.exited,
    isStale: () => child.isNearMemoryLimit() || isStale(),
    lacksImports: isUnread,
    isNearMemoryLimit: () => child.isNearMemoryLimit(),
    loaded: (print) => child.loaded(print),
    call: (request, print) => child.call(request, print),
    interrupt: () => child.interrupt(),
    kill: (why) => child.kill(why),
  }
}

/** Creates a function that starts a process for a tool. */
export function createToolStarter(
  options: StarterOptions,
): (input: StartInput, call: { signal: AbortSignal }) => Promise<ToolInstance> {
  const starter = new ToolStarter(options)
  return (input, { signal }) => starter.start(input, signal)
}
