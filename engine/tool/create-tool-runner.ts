import { CompozyError } from '../core/errors.ts'
import type { Logger } from '../core/logger.ts'
import { createConsoleLog } from './console-log.ts'
import { findDeno } from './deno-binary.ts'
import { describeFailure, timedOut } from './failure.ts'
import { createProcessPool, type Permit } from './process-pool.ts'
import type { ToolCall, ToolResult, ToolRunner } from './runner.ts'
import { createRedact, pickSecrets } from './secrets.ts'
import { askTool } from './tool-call.ts'
import { createToolStarter, type StartedTool } from './tool-starter.ts'

/** How a call ended, for counting. `aborted`: nobody wants its result any more, or the runner stopped. */
export type ToolOutcome =
  | 'ok'
  | 'error'
  | 'timeout'
  | 'crashed'
  | 'denied'
  | 'invalid_output'
  | 'aborted'

/** One ended call. `waitedMs` is the time in the queue; `durationMs` begins after it. */
export interface ObservedCall {
  readonly tool: string
  readonly outcome: ToolOutcome
  readonly durationMs: number
  readonly waitedMs: number
}

/** How a project's tools are run. */
export interface ToolRunnerOptions {
  /** Absolute; the working directory of the tools. */
  readonly projectDir: string
  /** `runtime.permissions`: Deno's `--allow-…` and `--deny-…` flags, already checked. */
  readonly permissions: readonly string[]
  /** Processes that live at the same time, over all tools. */
  readonly maxProcesses: number
  /** Memory of one process. Deno itself takes about 60. */
  readonly memoryMb: number
  /** Whether tools may import packages of the project's `node_modules`. */
  readonly nodeModules: boolean
  /** Where the values of the tools' `secrets` are found: this process's environment. */
  readonly secrets: Readonly<Record<string, string | undefined>>
  readonly logger: Logger
  /** Longest output, bytes of JSON. Default 1.9 MiB: Temporal refuses payloads over 2 MiB. */
  readonly outputLimitBytes?: number
  /** After this time without a call a process is killed. Default 5 min. */
  readonly idleMs?: number
  /** How long a tool's module may take to load; a call's own limit counts if it is longer. Default 10 s. */
  readonly loadLimitMs?: number
  /** How long a call that reached its limit or was cancelled may clean up before it is killed. Default 250 ms. */
  readonly graceMs?: number
  /** Told about every call that got its turn. */
  readonly onCall?: (call: ObservedCall) => void
}

const outcomes: Readonly<Record<string, ToolOutcome>> = {
  ToolTimeout: 'timeout',
  ToolCrashed: 'crashed',
  ToolDenied: 'denied',
  InvalidToolOutput: 'invalid_output',
}

function outcomeOf(result: ToolResult | undefined): ToolOutcome {
  if (result === undefined) return 'aborted'
  return result.ok ? 'ok' : (outcomes[result.error.type] ?? 'error')
}

/** Calls with the same key may share a process: same code, same environment, same secrets. */
function keyOf({ tool, env }: ToolCall): string {
  const variables = Object.entries(env).sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify([
    tool.file,
    tool.sha256,
    tool.exportName ?? null,
    variables,
    [...tool.secrets].sort(),
  ])
}

/**
 * Runs a project's tools in Deno. Throws `binary_unavailable` where there is no Deno.
 *
 * @example
 * const runner = createToolRunner({ projectDir, ...project.runtime, maxProcesses: 4, secrets: process.env, logger })
 * const result = await runner.call({ tool, input, env, context, timeoutMs: 60_000 }, { signal })
 * await runner.stop()
 */
export function createToolRunner(options: ToolRunnerOptions): ToolRunner {
  const { projectDir, permissions, memoryMb, nodeModules, maxProcesses, logger, onCall } = options
  const {
    outputLimitBytes = 1_945 * 1_024,
    idleMs = 300_000,
    loadLimitMs = 10_000,
    graceMs = 250,
  } = options
  const project = { projectDir, permissions, memoryMb, nodeModules, outputLimitBytes }
  const start = createToolStarter({ ...project, deno: findDeno() })
  const pool = createProcessPool<StartedTool>({ max: maxProcesses, idleMs })
  const living = new Set<StartedTool>()
  const running = new Set<AbortController>()

  const killAll = () => {
    for (const child of living) child.kill('stopped')
  }
  process.on('exit', killAll)

  async function spawnTool(
    call: ToolCall,
    secrets: Record<string, string>,
    signal: AbortSignal,
  ): Promise<StartedTool> {
    const child = await start({ tool: call.tool, env: call.env, secrets }, { signal })
    living.add(child)
    void child.exited.then(() => living.delete(child))
    return child
  }

  /** Runs a call with its permit and gives the permit back. */
  async function serve(
    call: ToolCall,
    permit: Permit<StartedTool>,
    signal: AbortSignal,
  ): Promise<ToolResult> {
    const { tool, context } = call
    const secrets = pickSecrets(tool.secrets, options.secrets)
    const redact = createRedact(secrets)
    const fields = { exec_id: context.exec_id, task_id: context.task_id, tool: tool.id }
    const console = createConsoleLog({ logger, fields, redact })
    let child = permit.warm
    let reusable = false
    try {
      child ??= await spawnTool(call, secrets, signal)
      const isNew = child !== permit.warm
      const question = { child, isNew, call, loadLimitMs, graceMs, print: console.write, signal }
      const { answer, limitMs, late } = await askTool(question)
      // A process that has answered is good for the next call, whatever it said. One that was interrupted is not: the
      // signal might reach the next call.
      reusable = 'id' in answer && answer.type !== 'stranded' && !late
      const failure = { ...project, tool, redact, limitMs }
      if (late) return { ok: false, error: timedOut(failure) }
      if (answer.type === 'returned') return { ok: true, output: answer.output }
      return { ok: false, error: describeFailure(answer, failure) }
    } finally {
      console.end()
      if (child !== undefined && !reusable) {
        child.kill('stopped')
        await child.exited
      }
      pool.release(permit, reusable ? child : undefined)
    }
  }

  return {
    async call(call, { signal }) {
      const asked = performance.now()
      const permit = await pool.acquire(keyOf(call), { signal })
      const began = performance.now()
      const cancel = new AbortController()
      const onAbort = () => cancel.abort(signal.reason)
      signal.addEventListener('abort', onAbort)
      if (signal.aborted) onAbort()
      running.add(cancel)
      let result: ToolResult | undefined
      try {
        result = await serve(call, permit, cancel.signal)
        return result
      } catch (error) {
        cancel.signal.throwIfAborted()
        throw error
      } finally {
        running.delete(cancel)
        signal.removeEventListener('abort', onAbort)
        const durationMs = performance.now() - began
        onCall?.({
          tool: call.tool.id,
          outcome: outcomeOf(result),
          durationMs,
          waitedMs: began - asked,
        })
      }
    },

    async stop() {
      pool.close()
      const reason = new CompozyError('unavailable', 'the tools of this process are stopping')
      for (const cancel of running) cancel.abort(reason)
      killAll()
      await Promise.all([...living].map((child) => child.exited))
      process.off('exit', killAll)
    },
  }
}
