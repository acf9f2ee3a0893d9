import { CompozyError } from '../core/errors.ts'
import type { Logger } from '../core/logger.ts'
import { createConsoleLog } from './console-log.ts'
import { findDeno } from './deno-binary.ts'
import { describeFailure, timedOut } from './failure.ts'
import { createProcessPool, type Permit } from './process-pool.ts'
import type { ToolCall, ToolResult, ToolRunner } from './runner.ts'
import { createRedact, pickSecrets } from './secrets.ts'
import { callTool } from './tool-call.ts'
import { createToolStarter, type ToolInstance } from './tool-starter.ts'

/** How a call ended, for metrics. `aborted`: its run canceled it, or the runner stopped. */
export type ToolOutcome =
  | 'ok'
  | 'error'
  | 'timeout'
  | 'crashed'
  | 'denied'
  | 'invalid_output'
  | 'aborted'

/** One finished call. `waitedMs` is the time in the queue; `durationMs` starts after it. */
export interface CallObservation {
  readonly tool: string
  readonly outcome: ToolOutcome
  readonly durationMs: number
  readonly waitedMs: number
}

/** How a runner runs the tools of a project. */
export interface ToolRunnerOptions {
  /** Absolute; the working directory of the tools. */
  readonly projectDir: string
  /** `runtime.permissions`: Deno's `--allow-…` and `--deny-…` flags, checked at load. */
  readonly permissions: readonly string[]
  /** Most processes alive at a time, all tools together. */
  readonly maxProcesses: number
  /** Memory limit of one process, in MB. Deno itself takes about 60. */
  readonly memoryMb: number
  /** Whether tools may import packages of the project's `node_modules`. */
  readonly nodeModules: boolean
  /** Values of the tools' `secrets`: this process's environment. */
  readonly secrets: Readonly<Record<string, string | undefined>>
  readonly logger: Logger
  /** Longest output, bytes of JSON. Default 1.9 MiB: Temporal refuses payloads over 2 MiB. */
  readonly outputLimitBytes?: number
  /** A process without a call for this long is killed. Default 5 min. */
  readonly idleMs?: number
  /** Time limit for loading a tool's module; the call's limit if that is longer. Default 10 s. */
  readonly loadLimitMs?: number
  /** Time between the abort signal of a call and the kill of its process. Default 250 ms. */
  readonly graceMs?: number
  /** Called once for every call that got a process. */
  readonly onCall?: (call: CallObservation) => void
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

/** Returns the pool's key: calls share a process if code, environment and secrets are equal. */
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
 * Creates a runner for a project's tools. Throws `binary_unavailable` if Deno is not installed.
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
  const pool = createProcessPool<ToolInstance>({ max: maxProcesses, idleMs })
  const living = new Set<ToolInstance>()
  const running = new Set<AbortController>()

  const killAll = () => {
    for (const child of living) child.kill('stopped')
  }
  process.on('exit', killAll)

  async function spawnTool(
    call: ToolCall,
    secrets: Record<string, string>,
    signal: AbortSignal,
  ): Promise<ToolInstance> {
    const child = await start({ tool: call.tool, env: call.env, secrets }, { signal })
    living.add(child)
    void child.exited.then(() => living.delete(child))
    return child
  }

  /** Runs a call with its permit and releases the permit. */
  async function serve(
    call: ToolCall,
    permit: Permit<ToolInstance>,
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
      const { answer, limitMs, late } = await callTool(question)
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
      const reason = new CompozyError(
        'unavailable',
        'this process is stopping its tools; try again on another one',
      )
      for (const cancel of running) cancel.abort(reason)
      killAll()
      await Promise.all([...living].map((child) => child.exited))
      process.off('exit', killAll)
    },
  }
}
