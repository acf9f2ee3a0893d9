import { CompozyError } from '../core/errors.ts'
import type { Logger } from '../core/logger.ts'
import type { ToolOutcome } from '../core/observation.ts'
import type { TaskError } from '../core/task-error.ts'
import { checkEnv } from './check-env.ts'
import { checkValue, type ToolCheck } from './checks.ts'
import type { RunLogSink } from '../run-logs.ts'
import {
  createCallLog,
  createConsoleLog,
  writeToAll,
  type ConsoleLog,
} from './process/console-log.ts'
import { findDeno } from './deno/binary.ts'
import { createTextCleaner, type TextCleaner } from './failure/error-text.ts'
import { describeFailure, timedOut, type FailureContext } from './failure/failure.ts'
import { startGivenUp, tooManyDeliveries } from './given-up.ts'
import { toolLimits } from './limits.ts'
import type { Endpoint } from './deno/own-endpoints.ts'
import { createProcessPool, type Permit, type ProcessPool } from './process/process-pool.ts'
import type { ToolCall, ToolModule, ToolResult, ToolRunner } from './runner.ts'
import { createRedact, pickSecrets, secretVariables } from './secrets.ts'
import { callTool, type CallEnd } from './tool-call.ts'
import { createToolStarter, type ToolInstance } from './process/tool-starter.ts'

/** One finished call. `durationMs` starts when the call gets a process. */
export interface CallObservation {
  readonly tool: string
  readonly outcome: ToolOutcome
  readonly durationMs: number
  /** The run that made the call. */
  readonly execId: string
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
  /**
   * Names of the secrets of all tools: their values are removed from errors and logs of every tool.
   */
  readonly secretNames?: readonly string[]
  /** Returns the engine's own endpoints, which `--allow-net` without a list does not open. */
  readonly ownEndpoints?: () => readonly Endpoint[]
  readonly logger: Logger
  /** Keeps what tools print by run, if it is kept. */
  readonly runLogs?: RunLogSink
  /** The Deno binary. Default: the one that npm installed. */
  readonly deno?: string
  /** Longest output, bytes of JSON. Default 1.9 MiB: Temporal refuses payloads over 2 MiB. */
  readonly outputLimitBytes?: number
  /** A process without a call for this long is killed. Default 5 min. */
  readonly idleMs?: number
  /** Time limit for loading a tool's module; the call's limit if that is longer. Default 10 s. */
  readonly loadLimitMs?: number
  /** Time between the abort signal of a call and the kill of its process. Default 250 ms. */
  readonly graceMs?: number
  /** Called once for every call that got a process, or that is given up. */
  readonly onCall?: (call: CallObservation) => void
  /** Called when a call begins to wait for a process (1), and when it no longer does (-1). */
  readonly onWaiting?: ((change: 1 | -1) => void) | undefined
}

const outcomes: Readonly<Record<string, ToolOutcome>> = {
  ToolTimeout: 'timeout',
  ToolCrashed: 'crashed',
  ToolDenied: 'denied',
  InvalidToolOutput: 'invalid_output',
  LimitExceeded: 'invalid_output',
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

const acceptAny: ToolCheck = () => []

/** A tool, where its console goes, and how to clean its texts. */
interface CallTexts {
  readonly text: TextCleaner
  readonly console: ConsoleLog
}

class DenoToolRunner implements ToolRunner {
  readonly #options: ToolRunnerOptions
  readonly #limits: { outputLimitBytes: number; loadLimitMs: number; graceMs: number }
  readonly #start: ReturnType<typeof createToolStarter>
  readonly #pool: ProcessPool<ToolInstance>
  readonly #living = new Set<ToolInstance>()
  readonly #running = new Set<AbortController>()
  readonly #killAll = () => {
    for (const child of this.#living) child.kill('stopped')
  }

  constructor(options: ToolRunnerOptions) {
    const { outputLimitBytes = toolLimits.outputBytes, idleMs = 300_000 } = options
    const { loadLimitMs = 10_000, graceMs = 250 } = options
    this.#options = options
    this.#limits = { outputLimitBytes, loadLimitMs, graceMs }
    const { deno = findDeno() } = options
    this.#start = createToolStarter({ ...options, outputLimitBytes, loadLimitMs, deno })
    this.#pool = createProcessPool({
      max: options.maxProcesses,
      idleMs,
      onWaiting: options.onWaiting,
    })
    process.on('exit', this.#killAll)
  }

  async call(call: ToolCall, { signal }: { signal: AbortSignal }): Promise<ToolResult> {
    const givenUp = tooManyDeliveries(call)
    if (givenUp !== undefined) return this.#giveUp(call, givenUp)
    const refusal = this.#refusalOf(call)
    if (refusal !== undefined) {
      // The input's own limit is checked before the call.
      const limit = refusal.type === 'LimitExceeded' ? 'tool_env' : undefined
      return { ok: false, error: refusal, limit }
    }
    const permit = await this.#pool.acquire(keyOf(call), { signal })
    const startedAt = performance.now()
    const cancel = new AbortController()
    const onAbort = () => cancel.abort(signal.reason)
    signal.addEventListener('abort', onAbort)
    if (signal.aborted) onAbort()
    this.#running.add(cancel)
    let result: ToolResult | undefined
    try {
      result = await this.#serve(call, permit, cancel.signal)
      return result
    } catch (error) {
      cancel.signal.throwIfAborted()
      const givenUp = startGivenUp(call, error)
      // Only a lack of something that another worker may have is worth another delivery.
      if (givenUp === undefined && error instanceof CompozyError) throw error
      result = { ok: false, error: givenUp ?? this.#unexpected(call, error) }
      return result
    } finally {
      this.#running.delete(cancel)
      signal.removeEventListener('abort', onAbort)
      this.#observe(call, result, startedAt)
    }
  }

  async stop(): Promise<void> {
    this.#pool.close()
    const reason = new CompozyError(
      'unavailable',
      'this process is stopping its tools; try again on another one',
    )
    for (const cancel of this.#running) cancel.abort(reason)
    this.#killAll()
    await Promise.all([...this.#living].map((child) => child.exited))
    process.off('exit', this.#killAll)
  }

  #giveUp(call: ToolCall, error: TaskError): ToolResult {
    const result = { ok: false as const, error }
    this.#observe(call, result, performance.now())
    return result
  }

  /** Returns the error of a call that must not reach its tool. */
  #refusalOf({ tool, input, env }: ToolCall): TaskError | undefined {
    const badEnv = checkEnv(tool.id, env)
    if (badEnv !== undefined) return badEnv
    const check = tool.checkInput ?? acceptAny
    const clean = (line: string) => this.#cleanerOf(tool, env).clean(line)
    return checkValue(input, check, { side: 'input', toolId: tool.id, clean })
  }

  /** Runs a call with its permit and releases the permit. */
  async #serve(
    call: ToolCall,
    permit: Permit<ToolInstance>,
    signal: AbortSignal,
  ): Promise<ToolResult> {
    const { text, console } = this.#textsOf(call)
    let child = permit.warm
    let reusable = false
    try {
      child ??= await this.#spawn(call, text, signal)
      const isNew = child !== permit.warm
      const { loadLimitMs, graceMs } = this.#limits
      const print = (line: Parameters<ConsoleLog['write']>[0]) => console.write(line)
      const end = await callTool({ child, isNew, call, loadLimitMs, graceMs, print, signal })
      // A process that was interrupted may still deal with the abort of this call.
      reusable = 'id' in end.reply && end.reply.type !== 'stranded' && !end.late
      const { lacksImports } = child
      const result = this.#resultOf(call, end, { text, lacksImports })
      // It may have failed for want of an import; a new process gets another chance.
      if (lacksImports && !result.ok) reusable = false
      return result
    } finally {
      console.end()
      if (child !== undefined && !reusable) {
        child.kill('stopped')
        await child.exited
      }
      this.#pool.release(permit, reusable ? child : undefined)
    }
  }

  #resultOf(
    { tool }: ToolCall,
    { reply, limitMs, late }: CallEnd,
    about: Pick<FailureContext, 'text' | 'lacksImports'>,
  ): ToolResult {
    const { outputLimitBytes } = this.#limits
    const failure = { ...this.#options, ...about, outputLimitBytes, tool, limitMs }
    if (late) return { ok: false, error: timedOut(failure) }
    if (reply.type === 'returned') {
      const { output, observations } = reply
      const error = checkValue(output, tool.checkOutput ?? acceptAny, {
        side: 'output',
        toolId: tool.id,
        clean: (line) => about.text.clean(line),
      })
      if (error !== undefined) return { ok: false, error }
      return observations === undefined ? { ok: true, output } : { ok: true, output, observations }
    }
    return { ok: false, error: describeFailure(reply, failure) }
  }

  /** Creates what a call needs to log and to describe its failures without its secrets. */
  #textsOf({ tool, context, env }: ToolCall): CallTexts {
    const text = this.#cleanerOf(tool, env)
    const { logger, runLogs } = this.#options
    const { exec_id, task_id, attempt } = context
    const fields = { exec_id, task_id, attempt, tool: tool.id }
    const clean = (line: string) => text.clean(line)
    const logs = [createConsoleLog(logger, fields)]
    if (runLogs !== undefined) logs.push(createCallLog(runLogs, tool.id, context))
    return { text, console: writeToAll(logs, clean) }
  }

  #cleanerOf(tool: ToolModule, env: ToolCall['env']): TextCleaner {
    const { projectDir, secretNames = [], secrets } = this.#options
    const names = [...new Set([...tool.secrets, ...secretNames])]
    const redact = createRedact({ ...secretVariables(env), ...pickSecrets(names, secrets) })
    return createTextCleaner(projectDir, redact)
  }

  async #spawn(call: ToolCall, text: TextCleaner, signal: AbortSignal): Promise<ToolInstance> {
    const { tool, env } = call
    const secrets = pickSecrets(tool.secrets, this.#options.secrets)
    // What a process prints when no call is known to have printed it carries no run's id.
    const fields = { tool: tool.id }
    const clean = (line: string) => text.clean(line)
    const openOutside = () => writeToAll([createConsoleLog(this.#options.logger, fields)], clean)
    const child = await this.#start({ tool, env, secrets, openOutside }, { signal })
    this.#living.add(child)
    void child.exited.then(() => this.#living.delete(child))
    return child
  }

  #unexpected({ tool }: ToolCall, error: unknown): TaskError {
    const fields = { err: error, tool: tool.id }
    this.#options.logger.error(fields, 'a tool call failed in the engine')
    return { type: 'ToolCrashed', message: `tool "${tool.id}": internal error; see the log` }
  }

  #observe({ tool, context }: ToolCall, result: ToolResult | undefined, startedAt: number): void {
    const { onCall, logger } = this.#options
    try {
      onCall?.({
        tool: tool.id,
        outcome: outcomeOf(result),
        durationMs: performance.now() - startedAt,
        execId: context.exec_id,
      })
    } catch (err) {
      logger.error({ err, tool: tool.id }, 'a tool call could not be counted')
    }
  }
}

/**
 * Creates a runner for a project's tools. Throws `binary_unavailable` if Deno is not installed.
 *
 * @example
 * const options = { projectDir, ...project.runtime, maxProcesses: 4, secrets: process.env, logger }
 * const runner = createToolRunner(options)
 * const result = await runner.call({ tool, input, env, context, timeoutMs: 60_000 }, { signal })
 * await runner.stop()
 */
export function createToolRunner(options: ToolRunnerOptions): ToolRunner {
  return new DenoToolRunner(options)
}
