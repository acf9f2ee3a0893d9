import { CompozyError } from '../core/errors.ts'
import type { ToolCall } from './runner.ts'
import type { ProcessExit, PrintLine, ToolReply, ToolProcess } from './tool-process.ts'

/** How asking a tool ended: with what its process said, or with the end of its process. */
export type CallReply = Exclude<ToolReply, { type: 'ready' }> | ProcessExit

/** One question to one process. */
export interface CallInput {
  readonly child: ToolProcess
  /** The process has just been started: its tool must be loaded first. */
  readonly isNew: boolean
  readonly call: ToolCall
  readonly loadLimitMs: number
  /** A call that has to end is told so by its signal; this much later its process is killed. */
  readonly graceMs: number
  readonly print: PrintLine
  readonly signal: AbortSignal
}

/** What came of a question. */
export interface CallEnd {
  readonly answer: CallReply
  /** The time limit (ms) that the answer was waited for. */
  readonly limitMs: number
  /** The limit was reached: the answer, if it is one, came too late. */
  readonly late: boolean
}

const longestTimerMs = 2 ** 31 - 1

/** Waits for a process, not longer than a limit and not when the answer is no longer wanted. */
async function bounded(
  { child, graceMs, signal }: CallInput,
  limitMs: number,
  wait: () => Promise<ToolReply | ProcessExit>,
): Promise<{ answer: ToolReply | ProcessExit; late: boolean }> {
  let late = false
  let killer: NodeJS.Timeout | undefined
  const end = (why: 'timeout' | 'aborted') => {
    child.interrupt()
    killer ??= setTimeout(() => child.kill(why), graceMs)
  }
  const onAbort = () => end('aborted')
  const onLimit = () => {
    late = true
    end('timeout')
  }
  const timer = setTimeout(onLimit, Math.min(limitMs, longestTimerMs))
  signal.addEventListener('abort', onAbort)
  if (signal.aborted) onAbort()
  try {
    const answer = await wait()
    signal.throwIfAborted()
    return { answer, late }
  } finally {
    clearTimeout(timer)
    clearTimeout(killer)
    signal.removeEventListener('abort', onAbort)
  }
}

/**
 * Loads the tool if its process is new, then calls it. The call's limit begins when the tool is loaded: starting a
 * process is not the tool's work, and has a limit of its own. Throws the signal's reason when aborted, and
 * `binary_unavailable` if Deno does not start.
 */
export async function callTool(question: CallInput): Promise<CallEnd> {
  const { child, isNew, call, loadLimitMs, print } = question
  const { input, context, timeoutMs } = call
  if (isNew) {
    const limitMs = Math.max(loadLimitMs, timeoutMs)
    const { answer, late } = await bounded(question, limitMs, () => child.loaded(print))
    if (answer.type === 'exit' && answer.failed !== undefined) {
      const message = `Deno could not be started: ${answer.failed.message}`
      throw new CompozyError('binary_unavailable', message, { cause: answer.failed })
    }
    if (answer.type !== 'ready') return { answer, limitMs, late }
  }
  const request = { input, context: { ...context } }
  const { answer, late } = await bounded(question, timeoutMs, () => child.call(request, print))
  if (answer.type === 'ready')
    throw new CompozyError('internal', `tool "${call.tool.id}" answered out of turn`)
  return { answer, limitMs: timeoutMs, late }
}
