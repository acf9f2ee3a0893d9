import { pathToFileURL } from 'node:url'
import { formatDuration } from '../core/duration.ts'
import type { TaskError, TaskErrorType } from '../core/task-error.ts'
import { describeDenial } from './denial.ts'
import type { ToolModule } from './runner.ts'
import type { CallReply } from './tool-call.ts'
import type { ProcessExit, ThrownError } from './tool-process.ts'

/** What the messages of a failure are made from. */
export interface FailureContext {
  readonly tool: ToolModule
  readonly projectDir: string
  readonly permissions: readonly string[]
  readonly nodeModules: boolean
  readonly memoryMb: number
  readonly outputLimitBytes: number
  /** The time limit that counted. */
  readonly limitMs: number
  /** Takes the values of secrets out of a text. */
  readonly redact: (text: string) => string
}

const framesKept = 20

/** Turns `file:///…/project/tools/price.ts:3:9` into `tools/price.ts:3:9`. */
function relative(text: string, { projectDir }: FailureContext): string {
  return text.replaceAll(`${pathToFileURL(projectDir).href}/`, '').replaceAll(`${projectDir}/`, '')
}

/** The frames of a stack that lie in the project: `price (tools/price.ts:3:9)`. */
function ownFrames(stack: string, context: FailureContext): string[] {
  const own = `${pathToFileURL(context.projectDir).href}/`
  return stack
    .split('\n')
    .filter((line) => line.startsWith('    at ') && line.includes(own))
    .slice(0, framesKept)
    .map((line) => relative(line.slice('    at '.length), context))
}

/** The name of a tool's error as a type: what it may be is the tool's business, so only its form is checked. */
function errorName(name: string): string {
  return /^[\w$.:-]{1,100}$/.test(name) ? name : 'Error'
}

function loadFailure(
  { message, name }: ThrownError,
  context: FailureContext,
): [TaskErrorType, string] {
  const text = relative(message, context)
  const place = /^ {4}at (\S+:\d+:\d+)$/m.exec(text)?.[1]
  const [first = '', ...rest] = text.split('\n')
  const at = place === undefined ? '' : ` (${place})`
  if (first.startsWith('SyntaxError: ')) {
    const excerpt = rest.filter((line) => /^\s*\d* ?\|/.test(line)).map((line) => `\n${line}`)
    const where = place ?? context.tool.id
    return [
      'ToolError:SyntaxError',
      `${where}: ${first.slice('SyntaxError: '.length)}${excerpt.join('')}`,
    ]
  }
  if (name === 'TypeError') {
    const packages = context.nodeModules
      ? 'it is not in node_modules'
      : "packages are found only with runtime.node_modules: true, in the project's node_modules"
    const hint = / not a dependency/.test(first) ? `; ${packages}` : ''
    return ['ToolError:ImportError', `${first}${at}${hint}`]
  }
  return [`ToolError:${errorName(name)}`, text]
}

function describeThrown(thrown: ThrownError, context: FailureContext): TaskError {
  const { tool } = context
  const denial = describeDenial(thrown, { ...context, shorten: (text) => relative(text, context) })
  const [type, message]: [TaskErrorType, string] =
    denial !== undefined
      ? ['ToolDenied', `tool "${tool.id}" ${denial}`]
      : thrown.imported
        ? loadFailure(thrown, context)
        : [`ToolError:${errorName(thrown.name)}`, thrown.message]
  const stack = ownFrames(thrown.stack, context).map(context.redact)
  return { type, message: context.redact(message), ...(stack.length > 0 && { cause: { stack } }) }
}

function describeExit(exit: ProcessExit, context: FailureContext): TaskError {
  const { tool, memoryMb } = context
  const crashed = (reason: string): TaskError => ({
    type: 'ToolCrashed',
    message: `tool "${tool.id}": ${reason}`,
  })
  if (exit.why === 'timeout') return timedOut(context)
  if (
    exit.why === 'memory' ||
    /Fatal JavaScript out of memory|Fatal process out of memory/.test(exit.stderr)
  ) {
    return crashed(`memory limit ${memoryMb} MB reached (runtime.memory_mb)`)
  }
  if (exit.why === 'flood') return crashed('it flooded stdout or stderr and was killed')
  if (exit.why === 'garbled')
    return crashed('something in it wrote to stdout in the middle of its reply')
  const error = /^error: (.+)$/m.exec(exit.stderr)?.[1]
  if (exit.signal !== null) return crashed(`its process was ended by ${exit.signal}`)
  const detail = error === undefined ? '' : `: ${context.redact(relative(error, context))}`
  return crashed(`its process exited with code ${exit.code} before it returned${detail}`)
}

/** A call that took longer than its limit, whatever came of it afterwards. */
export function timedOut({ tool, limitMs }: FailureContext): TaskError {
  return {
    type: 'ToolTimeout',
    message: `tool "${tool.id}" did not return within ${formatDuration(limitMs)}`,
  }
}

/** What went wrong, as the run, the API and templates see it. Nothing of the engine's own shows in it. */
export function describeFailure(
  failed: Exclude<CallReply, { type: 'returned' }>,
  context: FailureContext,
): TaskError {
  const { tool, outputLimitBytes, projectDir } = context
  const invalid = (reason: string): TaskError => ({
    type: 'InvalidToolOutput',
    message: `output of tool "${tool.id}": ${context.redact(reason)}`,
  })
  switch (failed.type) {
    case 'exit':
      return describeExit(failed, context)
    case 'stranded': {
      const message = `tool "${tool.id}": its promise can never settle: it waits, and nothing is left that could happen`
      return { type: 'ToolCrashed', message }
    }
    case 'threw':
    case 'load_failed':
      return describeThrown(failed.error, context)
    case 'unusable':
      return invalid(failed.message)
    case 'too_large':
      return invalid(
        `${failed.bytes} bytes of JSON, the limit is ${outputLimitBytes}; hand large data over by reference`,
      )
    case 'export_missing': {
      const file = relative(tool.file, { ...context, projectDir })
      const wanted =
        tool.exportName === undefined
          ? 'neither a default export nor an export "run"'
          : `no export "${tool.exportName}"`
      const there =
        failed.exports.length === 0
          ? 'it exports nothing'
          : `it exports ${failed.exports.join(', ')}`
      return {
        type: 'ToolError:ImportError',
        message: `${file} has ${wanted} that is a function; ${there}`,
      }
    }
  }
}
