import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { watchMemory, type MemoryWatch } from '../process/memory-watch.ts'
import { resolutionFlags } from './flags.ts'

const run = promisify(execFile)

/** Bounds on reading a graph: a module may be a link to an endless file. */
const graphLimits = { memoryMb: 1_024, outputBytes: 32 << 20 } as const

/** An import as a module has it; line and character count from 0. */
export interface ListedImport {
  readonly specifier: string
  /** Absent for an import of types alone. */
  readonly code?: {
    /** Absent where Deno cannot resolve it. */
    readonly specifier?: string
    readonly span: { readonly start: Position; readonly end: Position }
  }
  readonly isDynamic?: boolean
  /** `with { type: … }`. */
  readonly assertionType?: string
}

interface Position {
  readonly line: number
  readonly character: number
}

/** A module as `deno info` lists it. `external`: imported as text or bytes, not as a module. */
export interface ListedModule {
  readonly specifier: string
  readonly kind?: string
  readonly dependencies?: readonly ListedImport[]
  /** Why the module cannot be loaded. */
  readonly error?: string
}

/** How to list modules. */
export interface ListingInput {
  readonly deno: string
  /** URL of the module whose imports are followed. */
  readonly root: string
  readonly projectDir: string
  readonly nodeModules: boolean
  readonly env: Readonly<Record<string, string>>
  readonly timeoutMs: number
}

/**
 * Lists a module and its imports, direct and indirect, as a tool's process resolves them. No code
 * runs. Undefined if Deno gives no answer within the bounds.
 */
export async function listModules(
  { deno, root, projectDir, nodeModules, env, timeoutMs }: ListingInput,
  { signal }: { readonly signal?: AbortSignal },
): Promise<readonly ListedModule[] | undefined> {
  const args = ['info', '--json', ...resolutionFlags(nodeModules), root]
  const { outputBytes: maxBuffer, memoryMb: limitMb } = graphLimits
  const killSignal = 'SIGKILL' as const
  const options = { cwd: projectDir, env: { ...env }, maxBuffer, timeout: timeoutMs, killSignal }
  let memory: MemoryWatch | undefined
  try {
    // Throws at once where the system lacks memory.
    const listing = run(deno, args, { ...options, signal })
    const { child } = listing
    memory = watchMemory({ pid: child.pid ?? -1, limitMb }, () => child.kill(killSignal))
    const { stdout } = await listing
    return (JSON.parse(stdout) as { modules: readonly ListedModule[] }).modules
  } catch {
    signal?.throwIfAborted()
    return undefined
  } finally {
    memory?.stop()
  }
}
