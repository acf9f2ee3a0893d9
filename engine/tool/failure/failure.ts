import { formatDuration } from '../../core/time/duration.ts'
import type { TaskError } from '../../core/task-error.ts'
import { shorten, type TextCleaner } from './error-text.ts'
import { toolLimits } from '../limits.ts'
import type { ToolModule } from '../runner.ts'
import { describeThrown } from './thrown-failure.ts'
import type { CallReply } from '../tool-call.ts'
import type { KillReason, ProcessExit } from '../process/tool-process.ts'

/** What the text of a failure depends on. */
export interface FailureContext {
  readonly tool: ToolModule
  readonly permissions: readonly string[]
  readonly nodeModules: boolean
  readonly memoryMb: number
  readonly outputLimitBytes: number
  /** The time limit that applied, ms. */
  readonly limitMs: number
  /** Whether its process may import nothing, because Deno could not list its imports. */
  readonly lacksImports: boolean
  readonly text: TextCleaner
}

const killReasons: Readonly<Partial<Record<KillReason, string>>> = {
  flood: 'it flooded stdout or stderr and was killed',
  protocol: 'it wrote what only the engine may write to its stdout and was killed',
}

function describeExit(exit: ProcessExit, context: FailureContext): TaskError {
  const { tool, memoryMb, text } = context
  const crashed = (reason: string): TaskError => ({
    type: 'ToolCrashed',
    message: `tool "${tool.id}": ${reason}`,
  })
  if (exit.why === 'timeout') return timedOut(context)
  if (exit.failed?.code === 'E2BIG') {
    const advice = 'import fewer files, for example a bundle of them'
    return crashed(`the list of the files that it imports is too long to start Deno; ${advice}`)
  }
  const outOfMemory = /Fatal JavaScript out of memory|Fatal process out of memory/
  if (exit.why === 'memory' || outOfMemory.test(exit.stderr)) {
    return crashed(`memory limit ${memoryMb} MB reached (runtime.memory_mb)`)
  }
  const killed = exit.why === undefined ? undefined : killReasons[exit.why]
  if (killed !== undefined) return crashed(killed)
  if (exit.signal !== null) return crashed(`its process was ended by ${exit.signal}`)
  const error = [...exit.stderr.matchAll(/^error: (.+)$/gm)].at(-1)?.[1]
  const detail = error === undefined ? '' : `: ${shorten(text.clean(text.relative(error)), 1_000)}`
  return crashed(`its process exited with code ${exit.code} before it returned${detail}`)
}

/** Returns the error of a call that reached its time limit, whatever it did afterwards. */
export function timedOut({ tool, limitMs }: FailureContext): TaskError {
  return {
    type: 'ToolTimeout',
    message: `tool "${tool.id}" did not return within ${formatDuration(limitMs)}`,
  }
}

/** Returns the error of an output that JSON cannot hold exactly. */
function unusableOutput(
  { pointer, problem }: { pointer: string; problem: string },
  { tool, text }: FailureContext,
): TaskError {
  const violation = {
    pointer: shorten(text.clean(pointer), toolLimits.violationCharacters),
    message: shorten(text.clean(problem), toolLimits.violationCharacters),
  }
  const place = pointer === '' ? '' : ` at ${violation.pointer}`
  return {
    type: 'InvalidToolOutput',
    message: `output of tool "${tool.id}"${place} ${violation.message}`,
    cause: { violations: [violation] },
  }
}

/** Returns the error of an output over the limit. */
function tooLarge(bytes: number, exact: boolean, context: FailureContext): TaskError {
  const size = exact ? `${bytes}` : `more than ${bytes}`
  return {
    type: 'LimitExceeded',
    message:
      `output of tool "${context.tool.id}" is ${size} bytes of JSON, ` +
      `the limit is ${context.outputLimitBytes}; return less, or a reference to the data`,
  }
}

function missingExport(
  { exports, count }: { exports: readonly string[]; count: number },
  { tool, text }: FailureContext,
): TaskError {
  const wanted =
    tool.exportName === undefined
      ? 'neither a default export nor an export "run"'
      : `no export "${tool.exportName}"`
  const more = count > exports.length ? ` and ${count - exports.length} more` : ''
  const found = count === 0 ? 'it exports nothing' : `it exports ${exports.join(', ')}${more}`
  const message = `${text.relative(tool.file)} has ${wanted} that is a function; ${found}`
  return { type: 'ToolError:ImportError', message: text.clean(message) }
}

/**
 * Describes a failed call as the run, the API and templates see it, without the engine's internals.
 */
export function describeFailure(
  failed: Exclude<CallReply, { type: 'returned' }>,
  context: FailureContext,
): TaskError {
  switch (failed.type) {
    case 'exit':
      return describeExit(failed, context)
    case 'stranded':
      return {
        type: 'ToolCrashed',
        message: `tool "${context.tool.id}": its promise can never settle, because nothing is left to settle it`,
      }
    case 'threw':
    case 'load_failed':
      return describeThrown(failed.error, context)
    case 'unusable':
      return unusableOutput(failed, context)
    case 'too_large':
      return tooLarge(failed.bytes, failed.exact, context)
    case 'export_missing':
      return missingExport(failed, context)
  }
}
