import { CompozyError } from '../core/errors.ts'
import type { ToolCall } from './runner.ts'
import type { Exit, Print, Reply, ToolProcess } from './tool-process.ts'

/** How asking a tool ended: with what its process said, or with the end of its process. */
export type Answer = Exclude<Reply, { type: 'ready' }> | Exit

/** One question to one process. */
export interface Question {
  readonly child: ToolProcess
  /** The process has just been started: its tool must be loaded first. */
  readonly isNew: boolean
  readonly call: ToolCall
  readonly loadLimitMs: number
  readonly print: Print
  readonly signal: AbortSignal
}

/** `context.signal` aborts at the limit; this much later the process is killed. */
const graceMs = 100
const longestTimerMs = 2 ** 31 - 1

/** Waits for a process that is killed at its limit, or when the answer is no longer wanted. */
async function bounded<T>({ child, signal }: Question, limitMs: number, wait: () => Promise<T>): Promise<T> {
  const onAbort = () => child.kill('aborted')
  const timer = setTimeout(() => child.kill('timeout'), Math.min(limitMs, longestTimerMs))
  signal.addEventListener('abort', onAbort)
  if (signal.aborted) onAbort()
  try {
    return await wait()
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  }
}

/**
 * Loads the tool if its process is new, then calls it. The call's limit begins when the tool is loaded: starting a
 * process is not the tool's work, and has a limit of its own. Throws the signal's reason when aborted, and
 * `binary_unavailable` if Deno does not start.
 *
 * @returns the answer and the limit (ms) that it was waited for
 */
export async function askTool(question: Question): Promise<{ answer: Answer; limitMs: number }> {
  const { child, isNew, call, loadLimitMs, print, signal } = question
  const { input, context, timeoutMs } = call
  const check = (answer: Reply | Exit): Reply | Exit => {
    if (answer.type !== 'exit') return answer
    signal.throwIfAborted()
    if (answer.failed === undefined) return answer
    const message = `Deno could not be started: ${answer.failed.message}`
    throw new CompozyError('binary_unavailable', message, { cause: answer.failed })
  }
  if (isNew) {
    const limitMs = Math.max(loadLimitMs, timeoutMs)
    const loaded = check(await bounded(question, limitMs, () => child.loaded(print)))
    if (loaded.type !== 'ready') return { answer: loaded, limitMs }
  }
  const request = { input, context: { ...context }, timeoutMs: Math.min(timeoutMs, longestTimerMs) }
  const answer = check(await bounded(question, timeoutMs + graceMs, () => child.call(request, print)))
  if (answer.type === 'ready')
    throw new CompozyError('internal', `tool "${call.tool.id}" answered out of turn`)
  return { answer, limitMs: timeoutMs }
}
