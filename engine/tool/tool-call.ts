import { CompozyError } from '../core/errors.ts'
import { longestTimerMs } from '../core/limits.ts'
import type { ToolReply } from './protocol/protocol.ts'
import type { ToolCall } from './runner.ts'
import type { PrintLine } from './process/call-printers.ts'
import type { ProcessExit, ToolProcess } from './process/tool-process.ts'

/** How a call ended: with a reply of its process, or with the end of its process. */
export type CallReply = Exclude<ToolReply, { type: 'ready' }> | ProcessExit

/** One call of one process. */
export interface CallInput {
  readonly child: ToolProcess
  /** The process has just started: its tool must be loaded first. */
  readonly isNew: boolean
  readonly call: ToolCall
  readonly loadLimitMs: number
  /** Time between the abort signal of a call and the kill of its process. */
  readonly graceMs: number
  readonly print: PrintLine
  readonly signal: AbortSignal
}

/** The end of a call. */
export interface CallEnd {
  readonly reply: CallReply
  /** The time limit (ms) that applied. */
  readonly limitMs: number
  /** The limit was reached: a reply came too late. */
  readonly late: boolean
}

/** Waits for a reply until a time limit or an abort ends the process. */
async function waitBounded(
  { child, graceMs, signal }: CallInput,
  limitMs: number,
  wait: () => Promise<ToolReply | ProcessExit>,
): Promise<{ reply: ToolReply | ProcessExit; late: boolean }> {
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
    const reply = await wait()
    signal.throwIfAborted()
    return { reply, late }
  } finally {
    clearTimeout(timer)
    clearTimeout(killer)
    signal.removeEventListener('abort', onAbort)
  }
}

/**
 * Loads the tool if its process is new, then calls it. The call's limit starts when the tool is
 * loaded; loading has a limit of its own. Throws the signal's reason when aborted, and
 * `binary_unavailable` if Deno does not start.
 */
export async function callTool(input: CallInput): Promise<CallEnd> {
  const { child, isNew, call, loadLimitMs, print } = input
  if (isNew) {
    const limitMs = Math.max(loadLimitMs, call.timeoutMs)
    const { reply, late } = await waitBounded(input, limitMs, () => child.loaded(print))
    // Another worker would refuse the same arguments.
    if (reply.type === 'exit' && reply.failed !== undefined && reply.failed.code !== 'E2BIG') {
      const message = `Deno does not start: ${reply.failed.message}`
      throw new CompozyError('binary_unavailable', message, { cause: reply.failed })
    }
    if (reply.type !== 'ready') return { reply, limitMs, late }
  }
  const request = { input: call.input, context: { ...call.context } }
  const limitMs = call.timeoutMs
  const { reply, late } = await waitBounded(input, limitMs, () => child.call(request, print))
  // A process matches its replies to calls by their id, which `ready` does not carry.
  if (reply.type === 'ready') throw new CompozyError('internal', 'a call was answered by `ready`')
  return { reply, limitMs, late }
}
