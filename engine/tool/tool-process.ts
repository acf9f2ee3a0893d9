import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import type { JsonObject, JsonValue } from '../core/json.ts'
import type { ConsoleLevel } from './console-log.ts'
import { watchMemory } from './memory-watch.ts'
import { readReplyLines } from './reply-lines.ts'

/** What a tool threw, as the sandbox describes it. All texts are the tool's own: never trust them. */
export interface ThrownError {
  readonly name: string
  readonly message: string
  readonly stack: string
  /** Deno refused it for want of a permission. */
  readonly denied: boolean
  /** Deno could not find, read or parse a module. */
  readonly imported: boolean
}

/**
 * What the sandbox says about a call (with its `id`), or about loading the tool. `stranded`: it waits for something,
 * and nothing is left that could happen.
 */
export type ToolReply =
  | { readonly type: 'ready' }
  | { readonly type: 'load_failed'; readonly error: ThrownError }
  | { readonly type: 'export_missing'; readonly exports: readonly string[] }
  | { readonly type: 'stranded'; readonly id?: number }
  | ({ readonly id: number } & (
      | { readonly type: 'returned'; readonly output: JsonValue }
      | { readonly type: 'threw'; readonly error: ThrownError }
      | { readonly type: 'unusable'; readonly message: string }
      | { readonly type: 'too_large'; readonly bytes: number }
    ))

/** Why the engine killed a process. */
export type KillReason = 'timeout' | 'memory' | 'flood' | 'garbled' | 'aborted' | 'stopped' | 'idle'

/** How a process ended. `stderr` is the end of what it wrote there; `failed` tells that it never started. */
export interface ProcessExit {
  readonly type: 'exit'
  readonly why?: KillReason
  readonly code: number | null
  readonly signal: string | null
  readonly stderr: string
  readonly failed?: Error
}

/** What a process prints besides its replies. */
export type PrintLine = (level: ConsoleLevel, text: string) => void

/** How a process of a tool is started. */
export interface ProcessInput {
  readonly deno: string
  /** Flags, and the main module. */
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** Tells the sandbox what to load. The token is added. */
  readonly init: JsonObject
  readonly memoryMb: number
}

/** A Deno process that holds one tool. It serves one call at a time. */
export interface ToolProcess {
  readonly pid: number
  readonly exited: Promise<ProcessExit>
  /** Waits until the tool is loaded. */
  loaded(print: PrintLine): Promise<ToolReply | ProcessExit>
  /** Sends a call and waits for its reply. */
  call(request: JsonObject, print: PrintLine): Promise<ToolReply | ProcessExit>
  /** Aborts the signal of the call that runs. */
  interrupt(): void
  /** At once and for good; the first reason counts. */
  kill(why: KillReason): void
}

/** More than this of output that is no reply, during one call, is an accident or an attack. */
const floodCharacters = 64 << 20
const stderrKept = 4_096

type Message =
  | ToolReply
  | { readonly type: 'log'; readonly level: ConsoleLevel; readonly text: string }

/** The sandbox writes valid JSON, but a worker of the tool's may write into the middle of a long line. */
function parse(json: string): Message | undefined {
  try {
    return JSON.parse(json) as Message
  } catch {
    return undefined
  }
}

/** Starts Deno. It never throws: a process that could not be started has an {@link ProcessExit} that says so. */
export function startToolProcess(input: ProcessInput): ToolProcess {
  const token = randomBytes(16).toString('hex')
  const child = spawn(input.deno, input.args, {
    cwd: input.cwd,
    env: { ...input.env },
    stdio: 'pipe',
  })
  const pid = child.pid ?? -1
  let why: KillReason | undefined
  let stderr = ''
  let noise = 0
  let lastId = 0
  let ended: ProcessExit | undefined
  let expected:
    | { id: number | undefined; print: PrintLine; settle: (end: ToolReply | ProcessExit) => void }
    | undefined
  let resolveExit: (exit: ProcessExit) => void
  const exited = new Promise<ProcessExit>((resolve) => (resolveExit = resolve))

  const kill = (reason: KillReason) => {
    why ??= reason
    child.kill('SIGKILL')
  }
  const unwatch = watchMemory({ pid, limitMb: input.memoryMb }, () => kill('memory'))
  const end = (code: number | null, signal: string | null, failed?: Error) => {
    if (ended !== undefined) return
    unwatch()
    ended = { type: 'exit', code, signal, stderr, ...(why && { why }), ...(failed && { failed }) }
    expected?.settle(ended)
    resolveExit(ended)
  }
  // 'close' comes after the last byte of the pipes, but never while a process that the tool left behind holds them.
  child.once('close', (code, signal) => end(code, signal))
  child.once('error', (error) => end(null, null, error))
  child.stdin.on('error', () => undefined) // the process is gone: its exit says so

  const count = (piece: string) => {
    noise += piece.length
    if (noise > floodCharacters) kill('flood')
  }
  const onReply = (json: string) => {
    const message = parse(json)
    if (message === undefined) return kill('garbled')
    if (message.type === 'log') return expected?.print(message.level, message.text)
    noise -= json.length
    if (expected?.id === ('id' in message ? message.id : undefined)) expected?.settle(message)
  }
  const readStdout = readReplyLines(token, {
    onReply,
    onNoise: (line) => expected?.print('info', line),
  })
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    count(piece)
    readStdout(piece)
  })
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    count(piece)
    stderr = (stderr + piece).slice(-stderrKept)
    for (const line of piece.split('\n')) if (line !== '') expected?.print('info', line)
  })

  const reply = async (id: number | undefined, print: PrintLine) => {
    if (ended !== undefined) return ended
    noise = 0
    const answer = await new Promise<ToolReply | ProcessExit>(
      (settle) => (expected = { id, print, settle }),
    )
    expected = undefined
    return answer
  }
  const write = (message: JsonObject) => child.stdin.write(`${JSON.stringify(message)}\n`)
  write({ ...input.init, token })
  return {
    pid,
    exited,
    interrupt: () => child.kill('SIGTERM'),
    kill,
    loaded: (print) => reply(undefined, print),
    call(request, print) {
      const id = ++lastId
      write({ ...request, id })
      return reply(id, print)
    },
  }
}
